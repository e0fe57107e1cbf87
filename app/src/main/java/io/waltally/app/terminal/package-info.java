/** Screens of live figures in a terminal, for the demo and for running instances, and tables for all commands. */
@NullMarked
package io.waltally.app.terminal;

import org.jspecify.annotations.NullMarked;
