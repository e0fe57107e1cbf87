/**
 * Checks everything that an instance needs, and changes nothing. In: a configuration. Out: a report of findings. The
 * checks of the Kafka cluster have a package of their own. Checks that also run at startup use the same code.
 */
@NullMarked
package io.waltally.app.doctor;

import org.jspecify.annotations.NullMarked;
