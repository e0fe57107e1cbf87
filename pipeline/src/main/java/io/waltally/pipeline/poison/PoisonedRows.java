package io.waltally.pipeline.poison;

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
 * The rows of one table and partition whose last record was set aside. While there are none, asking costs nothing.
 *
 * @param <S> state of a row
 */
public final class PoisonedRows<S> {
    private final KeyValueStore<Bytes, Mark<S>> marks;

    private PoisonedRows(KeyValueStore<Bytes, Mark<S>> marks) {
        this.marks = marks;
    }

    public static <S> StoreBuilder<?> store(String name, Serde<S> states) {
        return StateStores.inMemory(name, Serdes.Bytes(), Mark.serde(states));
    }

    /** Those of a store, in a processor that names it. */
    public static <S> PoisonedRows<S> in(ProcessingContext context, String store) {
        return new PoisonedRows<>(context.getStateStore(store));
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

    /** Whether there are any whose key begins with that text. */
    public boolean contains(String firstColumn) {
        if (isEmpty()) {
            return false;
        }
        Bytes prefix = Bytes.wrap(AvroBody.of(firstColumn, Schema.create(Schema.Type.STRING)));
        try (KeyValueIterator<Bytes, Mark<S>> found = marks.prefixScan(prefix, new BytesSerializer())) {
            return found.hasNext();
        }
    }

    /** The number of an in-memory store is exact, and at hand. */
    private boolean isEmpty() {
        return marks.approximateNumEntries() == 0;
    }

    private static Bytes bytes(SpecificRecord key) {
        return Bytes.wrap(AvroBody.of(key, key.getSchema()));
    }

    /**
     * Why a row is in doubt.
     *
     * @param offset of the last record of it that was set aside; -1 if a good one came since that did not tell the whole row
     * @param alone whether only that record is missing
     * @param standIn a state that contributes to the tallies in doubt; null if nothing tells which these are
     */
    public record Mark<S>(
            long offset, boolean alone, @Nullable S standIn) {
        private static final long NO_OFFSET = -1;

        /** After a good record that told a part of the row. */
        public Mark<S> afterPart() {
            return new Mark<>(NO_OFFSET, false, standIn);
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
