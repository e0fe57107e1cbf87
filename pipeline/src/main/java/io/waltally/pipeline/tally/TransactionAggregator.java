package io.waltally.pipeline.tally;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.state.StateStores;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The tallies of one partition, and the deltas of the open transaction of each origin. Both are in stores: a commit in
 * the middle of a transaction loses nothing, and a transaction of any size fits.
 *
 * @param <T> subject of a tally; its serde writes keys
 */
public final class TransactionAggregator<T> {
    private final BinarySerde<T> subjects;
    private final KeyValueStore<Bytes, Amounts> open;
    private final KeyValueStore<T, Tally> tallies;

    private TransactionAggregator(
            BinarySerde<T> subjects, KeyValueStore<Bytes, Amounts> open, KeyValueStore<T, Tally> tallies) {
        this.subjects = subjects;
        this.open = open;
        this.tallies = tallies;
    }

    /** The tally after the last transaction that ended. */
    public Tally get(T subject) {
        Tally tally = tallies.get(subject);
        return tally == null ? Tally.ZERO : tally;
    }

    /** Adds amounts, to be applied when the origin's transaction ends. */
    public void add(String origin, T subject, Amounts delta) {
        Bytes key = openKey(origin, subject);
        Amounts before = open.get(key);
        Amounts after = before == null ? delta : before.plus(delta);
        open.put(key, after.isZero() ? null : after);
    }

    /**
     * Ends the origin's transaction: applies its deltas, in the order of their keys.
     *
     * @param commit null if time caused them
     */
    public void endTransaction(String origin, @Nullable Commit commit, Aggregated<T> aggregated) {
        byte[] prefix = new BinaryOutput().text(origin).toBytes();
        Batches.drain(open, Bytes.wrap(prefix), behind(prefix), (key, delta) -> {
            T subject = subject(key);
            Tally before = get(subject);
            Tally after = before.plus(delta, commit);
            tallies.put(subject, after.amounts().isZero() ? null : after);
            aggregated.moved(subject, before, after);
        });
    }

    /** Sorts after every key that begins with an origin, whose last character is below the largest byte. */
    private static Bytes behind(byte[] prefix) {
        byte[] end = prefix.clone();
        end[end.length - 1]++;
        return Bytes.wrap(end);
    }

    private Bytes openKey(String origin, T subject) {
        return Bytes.wrap(
                subjects.writeTo(subject, new BinaryOutput().text(origin)).toBytes());
    }

    private T subject(Bytes openKey) {
        BinaryInput input = new BinaryInput(openKey.get());
        input.text();
        return subjects.readFrom(input);
    }

    /** Receives each tally that a transaction changed. */
    @FunctionalInterface
    public interface Aggregated<T> {
        void moved(T subject, Tally before, Tally after);
    }

    /**
     * The two stores.
     *
     * @param openStore deltas of open transactions
     * @param talliesStore the tallies
     * @param subjects serde of keys
     */
    public record Definition<T>(String openStore, String talliesStore, BinarySerde<T> subjects) {
        /** For small numbers of tallies. */
        public void addInMemory(StreamsBuilder builder) {
            builder.addStateStore(StateStores.inMemory(openStore, Serdes.Bytes(), Amounts.SERDE));
            builder.addStateStore(StateStores.inMemory(talliesStore, subjects, Tally.SERDE));
        }

        /** For tallies that grow with the number of users. */
        public void addOnDisk(StreamsBuilder builder) {
            builder.addStateStore(StateStores.onDisk(openStore, Serdes.Bytes(), Amounts.SERDE));
            builder.addStateStore(StateStores.onDisk(talliesStore, subjects, Tally.SERDE));
        }

        /** The aggregator in a processor that is connected to both stores. */
        public TransactionAggregator<T> in(ProcessingContext context) {
            return new TransactionAggregator<>(
                    subjects, context.getStateStore(openStore), context.getStateStore(talliesStore));
        }
    }
}
