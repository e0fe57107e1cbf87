package io.waltally.sinks.engine;

import io.waltally.sinks.target.TargetException.Kind;
import java.time.Duration;
import java.util.Optional;

/** Decides how long a sink waits after a failure. Outlives sessions, each of which ends with a failure. */
final class RetryPolicy {
    static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    static final Duration MAX_PAUSE = Duration.ofSeconds(30);

    /** Beyond this the table or the program is wrong, not the record. */
    private static final int REFUSALS_PER_MINUTE = 60;

    /** Many more than instances of one application fence each other. */
    private static final int FENCINGS = 10;

    private static final Duration FENCING_WINDOW = Duration.ofMinutes(10);

    private final OccurrenceLimit refusals = new OccurrenceLimit(REFUSALS_PER_MINUTE, Duration.ofMinutes(1));
    private final OccurrenceLimit fencings = new OccurrenceLimit(FENCINGS, FENCING_WINDOW);
    private Duration next = FIRST_PAUSE;

    /** Bounds the records that are set aside. */
    OccurrenceLimit refusals() {
        return refusals;
    }

    /**
     * The time to wait before the next attempt; empty after a failure that needs none, and is no news.
     *
     * @param wrote whether anything was written since the last failure
     * @param now {@link System#nanoTime()}
     */
    Optional<Duration> pauseAfter(Kind kind, boolean wrote, long now) {
        if (wrote && !isFutile(now)) {
            next = FIRST_PAUSE;
        }
        if (kind == Kind.FENCED && fencings.permits(now)) {
            return Optional.empty();
        }
        Duration pause = next;
        Duration twice = pause.multipliedBy(2);
        next = twice.compareTo(MAX_PAUSE) < 0 ? twice : MAX_PAUSE;
        return Optional.of(pause);
    }

    /** Whether what was written since a failure does not mean that it is over. */
    boolean isFutile(long now) {
        return refusals.isExhausted(now) || fencings.isExhausted(now);
    }
}
