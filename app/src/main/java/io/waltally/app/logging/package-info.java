/** Levels of loggers, set by the configuration and while an instance runs. */
@NullMarked
package io.waltally.app.logging;

import org.jspecify.annotations.NullMarked;
