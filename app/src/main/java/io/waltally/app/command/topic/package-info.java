/** {@code topics}: creates, compares, alters and reads topics. */
@NullMarked
package io.waltally.app.command.topic;

import org.jspecify.annotations.NullMarked;
