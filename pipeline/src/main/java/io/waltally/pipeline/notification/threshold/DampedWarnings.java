package io.waltally.pipeline.notification.threshold;

import io.waltally.pipeline.notification.Notification;
import io.waltally.pipeline.row.Commit;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Forwards warnings, except those that follow another one about their subject too soon. Times are commit times. */
final class DampedWarnings {
    private final ProcessorContext<String, Notification> context;
    private final KeyValueStore<String, Long> lastWarnings;
    private final long pause;

    /**
     * @param store has the time of the last warning about each subject
     * @param pause between two warnings about a subject
     */
    DampedWarnings(ProcessorContext<String, Notification> context, String store, Duration pause) {
        this.context = context;
        this.lastWarnings = context.getStateStore(store);
        this.pause = TimeUnit.NANOSECONDS.toMicros(pause.toNanos());
    }

    /**
     * Forwards a warning, unless the last one about the subject is too recent.
     *
     * @param cause its timestamp and headers become those of the warning
     * @param warning makes the warning, from the number of the damping window since 1970 that it belongs to
     */
    void forward(Record<?, ?> cause, String subject, Commit commit, LongFunction<Notification> warning) {
        long time = commit.committedAt();
        Long last = lastWarnings.get(subject);
        // A last warning that is far ahead is of a clock that was wrong.
        if (last == null || Math.abs(time - last) >= pause) {
            lastWarnings.put(subject, time);
            context.forward(cause.withKey(subject).withValue(warning.apply(Math.floorDiv(time, pause))));
        }
    }
}
