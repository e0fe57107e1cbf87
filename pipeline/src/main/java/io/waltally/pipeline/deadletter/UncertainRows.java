package io.waltally.pipeline.deadletter;

import io.waltally.pipeline.state.AvroBody;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.DeadLetterHeaders;
import java.util.OptionalLong;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
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
     * @param setAsideAt when that became a dead letter, in milliseconds since 1970: another dead letter at this offset is of
     *     a former topic
     * @param alone whether that dead letter is the only missing record
     * @param standIn a state that contributes to the affected tallies; null if they are unknown
     */
    public record Mark<S>(
            long offset,
            long setAsideAt,
            boolean alone,
            @Nullable S standIn) {
        private static final long NO_OFFSET = -1;

        /** Of a mark that an earlier version made. */
        private static final long UNKNOWN_TIME = -1;

        /** The uncertainty that remains after a valid record that carries a part of the row. */
        public Mark<S> afterPart() {
            return new Mark<>(NO_OFFSET, 0, false, standIn);
        }

        /** Whether its last dead letter is that with these headers. */
        public boolean isOf(DeadLetterHeaders letter, Headers headers) {
            return letter.offset().equals(OptionalLong.of(offset))
                    && (setAsideAt == UNKNOWN_TIME
                            || DeadLetterHeaders.setAsideAt(headers).equals(OptionalLong.of(setAsideAt)));
        }

        /** Whether a valid record has followed that does not carry the whole row. */
        public boolean isAfterPart() {
            return offset == NO_OFFSET;
        }

        static <S> Serde<Mark<S>> serde(Serde<S> states) {
            return BinarySerde.ofValue(
                    (mark, output) -> {
                        output.number(mark.offset)
                                .number(mark.setAsideAt)
                                .flag(mark.alone)
                                .flag(mark.standIn != null);
                        if (mark.standIn != null) {
                            byte[] state = states.serializer().serialize("", mark.standIn);
                            output.number(state.length).raw(state);
                        }
                    },
                    input -> read(input.number(), input.number(), input, states),
                    input -> read(input.number(), UNKNOWN_TIME, input, states));
        }

        private static <S> Mark<S> read(long offset, long setAsideAt, BinaryInput input, Serde<S> states) {
            return new Mark<>(
                    offset,
                    setAsideAt,
                    input.flag(),
                    input.flag() ? states.deserializer().deserialize("", input.raw(input.smallNumber())) : null);
        }
    }
}
