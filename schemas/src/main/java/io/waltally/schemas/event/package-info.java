/** Which notifications a receiver wants. */
@NullMarked
package io.waltally.schemas.event;

import org.jspecify.annotations.NullMarked;
