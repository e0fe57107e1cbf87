/**
 * Notifications into the application's own outbox. In: {@code outbox.notifications}; out: one row of {@code
 * notification_outbox} per endpoint that wants the event, which the application's worker delivers.
 */
@NullMarked
package io.waltally.sinks.outbox;

import org.jspecify.annotations.NullMarked;
