package io.waltally.pipeline.replica;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one partition that deviate, and in the order of their beginnings those that no tally has yet. Whether a
 * tally has an object is part of its entry: it can be counted once, and is taken back as it was counted.
 */
final class Deviations {
    private static final byte[] PRESENT = {};

    private final KeyValueStore<String, Deviation> deviating;
    private final KeyValueStore<Beginning, byte[]> uncounted;

    /** None that is uncounted began earlier: before it lie the tombstones of those that were. */
    private long earliest = Long.MIN_VALUE;

    private Deviations(KeyValueStore<String, Deviation> deviating, KeyValueStore<Beginning, byte[]> uncounted) {
        this.deviating = deviating;
        this.uncounted = uncounted;
    }

    /** Those in a processor that names both stores. */
    static Deviations in(ProcessingContext context) {
        return new Deviations(
                context.getStateStore(ReplicaTopology.DEVIATING_STORE),
                context.getStateStore(ReplicaTopology.UNCOUNTED_STORE));
    }

    /**
     * The object is of that status now. If it was before, nothing changes.
     *
     * @param since when it became so
     * @return what the tallies move by
     */
    Amounts judge(String objectKey, ReplicationStatus status, long since) {
        Deviation known = deviating.get(objectKey);
        if (status == status(known)) {
            return Amounts.NONE;
        }
        if (known != null && !known.counted()) {
            uncounted.delete(new Beginning(known.since(), objectKey));
        }
        if (status == ReplicationStatus.SATISFIED) {
            deviating.delete(objectKey);
        } else {
            deviating.put(objectKey, new Deviation(status, since, false));
            uncounted.put(new Beginning(since, objectKey), PRESENT);
            earliest = Math.min(earliest, since);
        }
        return known == null ? Amounts.NONE : Amounts.NONE.minus(known.amounts());
    }

    /**
     * Counts objects that have deviated since that time or longer.
     *
     * @param limit of objects; the next call goes on
     * @param counted is told of each object and what the tallies move by
     * @return whether there were any
     */
    boolean count(long since, int limit, BiConsumer<String, Amounts> counted) {
        List<KeyValue<Beginning, byte[]>> due =
                Batches.next(() -> uncounted.range(Beginning.at(earliest), Beginning.after(since)), limit);
        for (KeyValue<Beginning, byte[]> entry : due) {
            uncounted.delete(entry.key);
            String objectKey = entry.key.objectKey();
            Deviation deviation = Objects.requireNonNull(deviating.get(objectKey), "what waits to be counted deviates");
            deviating.put(objectKey, deviation.inTallies());
            counted.accept(objectKey, deviation.status().amounts());
        }
        earliest = Math.max(
                earliest,
                due.size() < limit ? since : due.get(due.size() - 1).key.time());
        return !due.isEmpty();
    }

    private static ReplicationStatus status(@Nullable Deviation deviation) {
        return deviation == null ? ReplicationStatus.SATISFIED : deviation.status();
    }

    /** Key of an uncounted object in the order in which they began to deviate. */
    record Beginning(long time, String objectKey) {
        static final BinarySerde<Beginning> SERDE = BinarySerde.ofKey(
                (beginning, output) -> output.sortedLong(beginning.time).remainingText(beginning.objectKey),
                input -> new Beginning(input.sortedLong(), input.remainingText()));

        /** Before everything that began at that time. */
        static Beginning at(long time) {
            return new Beginning(time, "");
        }

        /** Behind everything that began at that time or before. */
        static Beginning after(long time) {
            return new Beginning(time + 1, "");
        }
    }
}
