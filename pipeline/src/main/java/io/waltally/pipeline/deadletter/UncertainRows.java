package io.waltally.pipeline.deadletter;

import io.waltally.pipeline.state.AvroBody;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.state.StateStores;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one table and partition whose last record went to the dead letter topic. An empty store costs no lookup.
 *
 * @param <S> row state
 */
public final class UncertainRows<S> {
    private final KeyValueStore<Bytes, Mark<S>> marks;

    private UncertainRows(KeyValueStore<Bytes, Mark<S>> marks) {
        this.marks = marks;
    }

    public static <S> StoreBuilder<?> store(String name, Serde<S> states) {
        return StateStores.inMemory(name, Serdes.Bytes(), Mark.serde(states));
    }

    /** The rows of a store that the processor is connected to. */
    public static <S> UncertainRows<S> in(ProcessingContext context, String store) {
        return new UncertainRows<>(context.getStateStore(store));
    }

    public @Nullable Mark<S> get(SpecificRecord key) {
        return isEmpty() ? null : marks.get(bytes(key));
    }

    public void put(SpecificRecord key, Mark<S> mark) {
        marks.put(bytes(key), mark);
    }

    public void remove(SpecificRecord key) {
        marks.delete(bytes(key));
    }

    /** Whether any uncertain row has this first key column. */
    public boolean contains(String firstColumn) {
        if (isEmpty()) {
            return false;
        }
        Bytes prefix = Bytes.wrap(AvroBody.of(firstColumn, Schema.create(Schema.Type.STRING)));
        try (KeyValueIterator<Bytes, Mark<S>> found = marks.prefixScan(prefix, new BytesSerializer())) {
            return found.hasNext();
        }
    }

    /** {@code approximateNumEntries} is exact for an in-memory store. */
    private boolean isEmpty() {
        return marks.approximateNumEntries() == 0;
    }

    private static Bytes bytes(SpecificRecord key) {
        return Bytes.wrap(AvroBody.of(key, key.getSchema()));
    }

    /**
     * The reason why a row is uncertain.
     *
     * @param offset of its last dead letter; -1 if a valid record has followed that does not carry the whole row
     * @param alone whether that dead letter is the only missing record
     * @param standIn a state that contributes to the affected tallies; null if they are unknown
     */
    public record Mark<S>(
            long offset, boolean alone, @Nullable S standIn) {
        private static final long NO_OFFSET = -1;

        /** The uncertainty that remains after a valid record that carries a part of the row. */
        public Mark<S> afterPart() {
            return new Mark<>(NO_OFFSET, false, standIn);
        }

        /** Whether a valid record has followed that does not carry the whole row. */
        public boolean isAfterPart() {
            return offset == NO_OFFSET;
        }

        static <S> Serde<Mark<S>> serde(Serde<S> states) {
            return BinarySerde.ofValue(
                    (mark, output) -> {
                        output.number(mark.offset).flag(mark.alone).flag(mark.standIn != null);
                        if (mark.standIn != null) {
                            byte[] state = states.serializer().serialize("", mark.standIn);
                            output.number(state.length).raw(state);
                        }
                    },
                    input -> new Mark<>(
                            input.number(),
                            input.flag(),
                            input.flag()
                                    ? states.deserializer().deserialize("", input.raw(input.smallNumber()))
                                    : null));
        }
    }
}
