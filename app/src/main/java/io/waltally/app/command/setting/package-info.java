/** {@code config} and {@code loggers}: settings of a configuration, and log levels of a running instance. */
@NullMarked
package io.waltally.app.command.setting;

import org.jspecify.annotations.NullMarked;
