package io.waltally.pipeline.fold;

import org.apache.kafka.streams.processor.api.Record;

/**
 * A record was read that cannot be folded: nothing follows from it but what a {@link Degradation} tells.
 *
 * @param letter for the dead letter topic
 */
public record SetAside<S>(Record<byte[], byte[]> letter) implements RowEvent<S> {
    /** The same record, for another kind of state. */
    public <T> SetAside<T> retyped() {
        return new SetAside<>(letter);
    }
}
