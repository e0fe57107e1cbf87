package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;

/** Spaces requests evenly, within an endpoint's rate limit. */
final class RequestRateLimiter {
    /** A caller that is late makes up for no more than this. */
    private static final Duration CATCHING_UP = Duration.ofMillis(50);

    private static final double NANOS_PER_SECOND = 1e9;

    private final OptionalDouble perSecond;
    private double share = 1;
    private Instant next = Instant.EPOCH;

    RequestRateLimiter(OptionalDouble perSecond) {
        this.perSecond = perSecond;
    }

    /** @param part of all requests to the endpoint, more than 0 and up to 1, that begin here */
    void share(double part) {
        share = part;
    }

    boolean allows(Instant now) {
        return !next.isAfter(now);
    }

    /** The time when the next request may begin; empty if it may begin at any time. */
    Optional<Instant> next() {
        return perSecond.isPresent() ? Optional.of(next) : Optional.empty();
    }

    void begun(Instant now) {
        perSecond.ifPresent(rate -> {
            Instant earliest = now.minus(CATCHING_UP);
            next = (next.isBefore(earliest) ? earliest : next).plusNanos((long) (NANOS_PER_SECOND / (rate * share)));
        });
    }
}
