package io.waltally.webhooks.deliver;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Lets a kind of event be logged at most once per minute. */
final class LogThrottle {
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private Instant until = Instant.MIN;
    private long suppressed;

    /** The number of events that were not logged since the last one that was; empty if this one is not to be logged. */
    Optional<Long> passes(Instant now) {
        if (now.isBefore(until)) {
            suppressed++;
            return Optional.empty();
        }
        long before = suppressed;
        suppressed = 0;
        until = now.plus(INTERVAL);
        return Optional.of(before);
    }
}
