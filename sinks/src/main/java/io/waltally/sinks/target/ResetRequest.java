package io.waltally.sinks.target;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The last request of an operator to empty the target of a sink, and to read the topics again from the beginning. A
 * target follows it once.
 *
 * @param at by the clock of the command or the instance that took it
 */
public record ResetRequest(String id, Instant at) {
    /** For so long a writer may go on that has not seen the request. The clocks may differ, too. */
    private static final Duration TOLERANCE = Duration.ofMinutes(10);

    private static final int ORDERED = 7;
    private static final int TIMESTAMP_SHIFT = 16;
    private static final long RANDOM_BITS = 0xFFF;

    /**
     * The id of a request that follows another: a UUID of version 7 (RFC 9562), greater than the last one whatever the
     * clocks say.
     */
    public static String idAfter(String last, Instant now) {
        long millis = Math.max(
                now.toEpochMilli(), ordered(last).map(ResetRequest::millis).orElse(-1L) + 1);
        UUID random = UUID.randomUUID();
        long limit =
                (millis << TIMESTAMP_SHIFT) | ((long) ORDERED << 12) | (random.getMostSignificantBits() & RANDOM_BITS);
        return new UUID(limit, random.getLeastSignificantBits()).toString();
    }

    private static Optional<UUID> ordered(String id) {
        try {
            return Optional.of(UUID.fromString(id)).filter(uuid -> uuid.version() == ORDERED);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static long millis(UUID ordered) {
        return ordered.getMostSignificantBits() >>> TIMESTAMP_SHIFT;
    }

    /**
     * Whether it is a later request than the one that a target has followed: an instance may not have seen that one yet.
     *
     * @param followed empty if there was none
     */
    public boolean isLaterThan(String followed) {
        if (followed.equals(id)) {
            return false;
        }
        return ordered(followed)
                .map(last ->
                        ordered(id).filter(own -> millis(own) > millis(last)).isPresent())
                .orElse(true);
    }

    /**
     * Whether a target may follow it. What was written since was not meant: the request is one of another cluster that
     * has the same sink, or of a time to which Kafka was restored.
     *
     * @param written when the target was last written
     */
    public boolean isAfter(Instant written) {
        return at.plus(TOLERANCE).isAfter(written);
    }
}
