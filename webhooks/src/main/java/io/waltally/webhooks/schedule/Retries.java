package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How often an event is tried, and how long it waits in between.
 *
 * @param maxAttempts of one event, the first one included
 * @param first the wait after the first failure; each further one doubles it
 * @param longest that no wait exceeds, unless the endpoint asks for it
 */
public record Retries(int maxAttempts, Duration first, Duration longest) {
    /** The longest that an endpoint's Retry-After is honoured, and that a wait may be configured. */
    public static final Duration LONGEST_WAIT = Duration.ofHours(24);

    public static final int MOST_ATTEMPTS = 100;

    private static final int MOST_DOUBLINGS = 40;

    public Retries {
        if (maxAttempts < 1 || maxAttempts > MOST_ATTEMPTS) {
            throw new IllegalArgumentException(
                    "max-attempts is " + maxAttempts + ": must be from 1 to " + MOST_ATTEMPTS);
        }
        if (first.toMillis() < 1) {
            throw new IllegalArgumentException("retry-delay is 0: must be at least 1ms");
        }
        if (longest.compareTo(first) < 0 || longest.compareTo(LONGEST_WAIT) > 0) {
            throw new IllegalArgumentException("max-retry-delay is " + longest.toMillis()
                    + "ms: must be from retry-delay, " + first.toMillis() + "ms, to " + LONGEST_WAIT.toHours() + "h");
        }
    }

    /** After so many failures: half of the exponential wait for certain, the other half by chance. */
    Duration delay(int failures, RandomGenerator random) {
        long whole =
                Math.min(longest.toMillis(), multiply(first.toMillis(), 1L << Math.min(failures - 1, MOST_DOUBLINGS)));
        long half = whole / 2;
        return Duration.ofMillis(half + random.nextLong(whole - half + 1));
    }

    private static long multiply(long millis, long factor) {
        return millis > Long.MAX_VALUE / factor ? Long.MAX_VALUE : millis * factor;
    }
}
