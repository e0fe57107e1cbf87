/** The types of notifications, and the selection that a receiver wants. */
@NullMarked
package io.waltally.schemas.event;

import org.jspecify.annotations.NullMarked;
