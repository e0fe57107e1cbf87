package io.waltally.sinks.engine;

import io.waltally.schemas.Source;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A sink as it was configured.
 *
 * @param type as in the configuration
 * @param destination where it writes to, without credentials, for messages
 * @param source whose data it writes
 * @param onRefused what becomes of a record that the target refuses; sinks of whole transactions always stop
 * @param target opens the target; fails with {@link io.waltally.sinks.target.TargetException}
 * @param published the position up to which everything is in the topics that the sink reads
 */
public record Sink(
        String name,
        String type,
        String destination,
        Source source,
        SinkInput input,
        OnRefused onRefused,
        Supplier<? extends Target> target,
        Supplier<Optional<CompletePosition>> published) {
    /** Decides how a sink handles a record that its target refuses. */
    public enum OnRefused {
        /** The record goes to the dead letter topic, and the sink continues. */
        DEAD_LETTER,
        /** The sink retries until the target accepts the record. */
        STOP
    }

    @Override
    public String toString() {
        return name;
    }
}
