/** Screens of live figures in a terminal, for the demo and for running instances. */
@NullMarked
package io.waltally.app.terminal;

import org.jspecify.annotations.NullMarked;
