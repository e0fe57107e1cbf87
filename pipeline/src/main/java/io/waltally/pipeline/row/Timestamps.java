package io.waltally.pipeline.row;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * Parses timestamps of cdc records: ISO 8601 text of a timestamptz, microseconds of a timestamp. PostgreSQL's
 * infinities, and times beyond the range of microseconds, become the ends of that range.
 */
public final class Timestamps {
    /** Later than every finite time. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final long EARLIEST_SECOND = Math.floorDiv(Long.MIN_VALUE, 1_000_000L) + 1;
    private static final long LATEST_SECOND = Math.floorDiv(Long.MAX_VALUE, 1_000_000L) - 1;

    private Timestamps() {}

    /**
     * Microseconds since 1970.
     *
     * @param value text, a long, or null
     * @param absent the result for null
     * @throws IllegalArgumentException if the text is not a timestamp
     */
    public static long micros(@Nullable Object value, long absent) {
        if (value == null) {
            return absent;
        }
        if (value instanceof Long micros) {
            return micros;
        }
        return parse(value.toString());
    }

    /**
     * Microseconds since 1970. Unlike {@code ChronoUnit.MICROS.between} it does not overflow for times centuries away.
     */
    public static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000L + instant.getNano() / 1_000;
    }

    private static long parse(String text) {
        if (text.equals("infinity")) {
            return Long.MAX_VALUE;
        }
        if (text.equals("-infinity")) {
            return Long.MIN_VALUE;
        }
        Instant instant;
        try {
            instant = OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a timestamp: \"" + text + "\"", e);
        }
        if (instant.getEpochSecond() > LATEST_SECOND) {
            return Long.MAX_VALUE;
        }
        if (instant.getEpochSecond() < EARLIEST_SECOND) {
            return Long.MIN_VALUE;
        }
        return micros(instant);
    }
}
