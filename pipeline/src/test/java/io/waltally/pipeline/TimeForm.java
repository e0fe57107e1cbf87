package io.waltally.pipeline;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The type of a table's timestamps, and Debezium's form of it. */
enum TimeForm {
    /** {@code timestamptz}, as the applications migrate. */
    ZONED {
        @Override
        Object of(Instant time) {
            return time.toString();
        }

        @Override
        Object never() {
            return INFINITY;
        }
    },
    /** {@code timestamp} in UTC that may be null, as the applications' documents have it. */
    LOCAL {
        @Override
        Object of(Instant time) {
            return time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000;
        }

        @Override
        Object never() {
            return null;
        }
    };

    static final String INFINITY = "infinity";

    abstract Object of(Instant time);

    /** The expiry of a record that does not expire. */
    abstract Object never();

    /** The time that either form tells; null if it never comes, or is not known. */
    static Instant instant(Object told) {
        if (told == null || told.equals(INFINITY)) {
            return null;
        }
        return told instanceof Long micros
                ? Instant.EPOCH.plus(micros, ChronoUnit.MICROS)
                : Instant.parse((String) told);
    }
}
