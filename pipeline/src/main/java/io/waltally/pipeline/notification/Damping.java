package io.waltally.pipeline.notification;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.state.KeyValueStore;

/** Lets a warning about a subject pass, and then no other for a while. Times are those of commits. */
final class Damping {
    private final KeyValueStore<String, Long> lastWarnings;
    private final long pause;

    Damping(KeyValueStore<String, Long> lastWarnings, Duration pause) {
        this.lastWarnings = lastWarnings;
        this.pause = TimeUnit.NANOSECONDS.toMicros(pause.toNanos());
    }

    /**
     * The number of the damping window since 1970 that the warning is the only one of; empty if the last warning was too
     * shortly before it.
     *
     * @param time in microseconds since 1970
     */
    OptionalLong pass(String subject, long time) {
        Long last = lastWarnings.get(subject);
        if (last != null && time - last < pause) {
            return OptionalLong.empty();
        }
        lastWarnings.put(subject, time);
        return OptionalLong.of(Math.floorDiv(time, pause));
    }
}
