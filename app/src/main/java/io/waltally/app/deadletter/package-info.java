/** Access to dead letter topics: reading, filtering and replaying. */
@NullMarked
package io.waltally.app.deadletter;

import org.jspecify.annotations.NullMarked;
