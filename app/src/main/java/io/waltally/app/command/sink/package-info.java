/** {@code sinks}: shows, pauses and resumes sinks. */
@NullMarked
package io.waltally.app.command.sink;

import org.jspecify.annotations.NullMarked;
