package io.waltally.webhooks.deliver;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A request to an endpoint that has ended.
 *
 * @param time at which it was sent
 * @param event the id of the event, or of the batch
 * @param events number of events in it
 * @param duration up to the end of the answer, or to the failure
 * @param failure why the event was not accepted; empty if it was
 */
public record RecentAttempt(
        Instant time,
        String event,
        int events,
        Duration duration,
        Optional<Integer> status,
        Optional<String> failure) {}
