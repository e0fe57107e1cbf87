package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * The retry policy: exponential backoff with jitter.
 *
 * @param maxAttempts of one event, including the first one
 * @param first wait after the first failure; doubled after each further one
 * @param longest upper bound of a wait, unless the endpoint requests more
 * @param disableAfter the endpoint is disabled after it has accepted nothing for so long; zero for never
 */
public record Retries(int maxAttempts, Duration first, Duration longest, Duration disableAfter) {
    /** Never disables an endpoint. */
    public static final Duration NEVER = Duration.ZERO;

    /** Upper bound of a Retry-After header, and of configured waits. */
    public static final Duration MAX_WAIT = Duration.ofHours(24);

    public static final int MAX_ATTEMPTS = 100;

    private static final int MAX_DOUBLINGS = 40;

    public Retries {
        if (maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS) {
            throw new IllegalArgumentException(
                    "max-attempts is " + maxAttempts + ": must be from 1 to " + MAX_ATTEMPTS);
        }
        if (first.toMillis() < 1) {
            throw new IllegalArgumentException("retry-delay is 0: must be at least 1ms");
        }
        if (longest.compareTo(first) < 0 || longest.compareTo(MAX_WAIT) > 0) {
            throw new IllegalArgumentException("max-retry-delay is " + longest.toMillis()
                    + "ms: must be from retry-delay, " + first.toMillis() + "ms, to " + MAX_WAIT.toHours() + "h");
        }
    }

    /** A stored time, but no later than the longest wait from now: the clock that it is from may have been ahead. */
    static Instant atMostLongestWait(Instant stored, Instant now) {
        Instant latest = now.plus(MAX_WAIT);
        return stored.isAfter(latest) ? latest : stored;
    }

    /** The wait after a number of failures: half of the exponential wait, plus a random part of the other half. */
    Duration delay(int failures, RandomGenerator random) {
        long whole =
                Math.min(longest.toMillis(), multiply(first.toMillis(), 1L << Math.min(failures - 1, MAX_DOUBLINGS)));
        long half = whole / 2;
        return Duration.ofMillis(half + random.nextLong(whole - half + 1));
    }

    private static long multiply(long millis, long factor) {
        return millis > Long.MAX_VALUE / factor ? Long.MAX_VALUE : millis * factor;
    }
}
