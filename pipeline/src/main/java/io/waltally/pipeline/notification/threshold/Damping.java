package io.waltally.pipeline.notification.threshold;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.state.KeyValueStore;

/** Suppresses repeated warnings about a subject. Times are commit times. */
final class Damping {
    private final KeyValueStore<String, Long> lastWarnings;
    private final long pause;

    Damping(KeyValueStore<String, Long> lastWarnings, Duration pause) {
        this.lastWarnings = lastWarnings;
        this.pause = TimeUnit.NANOSECONDS.toMicros(pause.toNanos());
    }

    /**
     * Returns the number of the damping window since 1970 that the warning belongs to; empty if the last warning is too
     * recent.
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
