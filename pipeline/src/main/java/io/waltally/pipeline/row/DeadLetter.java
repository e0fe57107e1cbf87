package io.waltally.pipeline.row;

import org.apache.kafka.streams.processor.api.Record;

/**
 * A record that cannot be processed. Its only effect on tallies is a {@link Degradation}.
 *
 * @param letter the record for the dead letter topic
 */
public record DeadLetter<S>(Record<byte[], byte[]> letter) implements RowEvent<S> {
    /** The same event, for another type of state. */
    public <T> DeadLetter<T> retyped() {
        return new DeadLetter<>(letter);
    }
}
