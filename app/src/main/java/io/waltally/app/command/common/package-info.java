/** Shared code of commands: options and their converters, confirmations, failures, access to a running instance. */
@NullMarked
package io.waltally.app.command.common;

import org.jspecify.annotations.NullMarked;
