package io.waltally.pipeline.replica;

import java.time.Duration;

/**
 * The replication factor of objects.
 *
 * @param factor the number of copies
 * @param grace time after a write that replicas may take; an object is counted as deviating after it
 */
public record Replication(int factor, Duration grace) {
    private static final int MAX_FACTOR = 100;
    private static final Duration MIN_GRACE = Duration.ofSeconds(1);
    private static final Duration MAX_GRACE = Duration.ofDays(30);

    // After the constants that its constructor reads.
    public static final Replication DEFAULT = new Replication(1, Duration.ofMinutes(10));

    public Replication {
        if (factor < 1 || factor > MAX_FACTOR) {
            throw invalid("object-copies", factor, "must be from 1 to " + MAX_FACTOR);
        }
        if (grace.compareTo(MIN_GRACE) < 0 || grace.compareTo(MAX_GRACE) > 0) {
            throw invalid("object-copies-grace", grace, "must be from 1 second to " + MAX_GRACE.toDays() + " days");
        }
    }

    private static IllegalArgumentException invalid(String key, Object value, String rule) {
        return new IllegalArgumentException("streams." + key + " is " + value + ": " + rule);
    }
}
