/** The changes of an instance, for the events of its HTTP API, and the history of its figures. */
@NullMarked
package io.waltally.app.live;

import org.jspecify.annotations.NullMarked;
