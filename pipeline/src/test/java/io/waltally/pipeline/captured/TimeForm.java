package io.waltally.pipeline.captured;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The type of a table's timestamps, and Debezium's form of it. */
public enum TimeForm {
    /** {@code timestamptz}, as the applications migrate. */
    ZONED {
        @Override
        public Object of(Instant time) {
            return time.toString();
        }

        @Override
        public Object never() {
            return INFINITY;
        }
    },
    /** {@code timestamp} in UTC that may be null, as the applications' documents have it. */
    LOCAL {
        @Override
        public Object of(Instant time) {
            return time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000;
        }

        @Override
        public Object never() {
            return null;
        }
    };

    public static final String INFINITY = "infinity";

    public abstract Object of(Instant time);

    /** The expiry of a record that does not expire. */
    public abstract Object never();

    /** The time that either form has; null if it never comes, or is not known. */
    public static Instant instant(Object value) {
        if (value == null || value.equals(INFINITY)) {
            return null;
        }
        return value instanceof Long micros
                ? Instant.EPOCH.plus(micros, ChronoUnit.MICROS)
                : Instant.parse((String) value);
    }
}
