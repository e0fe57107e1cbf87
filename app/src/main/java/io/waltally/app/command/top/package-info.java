/** {@code top}: the overview of a running instance in the terminal. */
@NullMarked
package io.waltally.app.command.top;

import org.jspecify.annotations.NullMarked;
