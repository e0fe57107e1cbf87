/** {@code dlq}: shows, replays and drops dead letters. */
@NullMarked
package io.waltally.app.command.deadletter;

import org.jspecify.annotations.NullMarked;
