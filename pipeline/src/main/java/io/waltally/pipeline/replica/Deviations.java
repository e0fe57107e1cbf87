package io.waltally.pipeline.replica;

import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.tally.Amounts;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The deviating objects of one partition, and those not yet counted, ordered by the beginning of the deviation. The
 * entry itself says whether the tallies include the object, so it is counted once, and removed as it was counted.
 */
final class Deviations {
    private static final byte[] PRESENT = {};

    private final KeyValueStore<String, Deviation> deviating;
    private final KeyValueStore<Beginning, byte[]> uncounted;

    /** Lower bound of uncounted deviations: before it lie the tombstones of counted ones. */
    private long earliest = Long.MIN_VALUE;

    private Deviations(KeyValueStore<String, Deviation> deviating, KeyValueStore<Beginning, byte[]> uncounted) {
        this.deviating = deviating;
        this.uncounted = uncounted;
    }

    /** The deviations of the stores that the processor is connected to. */
    static Deviations in(ProcessingContext context) {
        return new Deviations(
                context.getStateStore(ReplicaTopology.DEVIATING_STORE),
                context.getStateStore(ReplicaTopology.UNCOUNTED_STORE));
    }

    /**
     * Records the status of an object. An unchanged status has no effect.
     *
     * @param since beginning of the status
     * @return the delta of the tallies
     */
    Amounts classify(String objectKey, ReplicationStatus status, long since) {
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
     * Counts the objects that have deviated since that time or longer.
     *
     * @param limit number of objects per call
     * @param counted receives each object and the delta of the tallies
     * @return whether there were any
     */
    boolean count(long since, int limit, BiConsumer<String, Amounts> counted) {
        List<KeyValue<Beginning, byte[]>> due =
                Batches.next(() -> uncounted.range(Beginning.at(earliest), Beginning.after(since)), limit);
        for (KeyValue<Beginning, byte[]> entry : due) {
            uncounted.delete(entry.key);
            String objectKey = entry.key.objectKey();
            Deviation deviation =
                    Objects.requireNonNull(deviating.get(objectKey), "an uncounted object has no deviation");
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

    /** Key of an uncounted object, ordered by the beginning of the deviation. */
    record Beginning(long time, String objectKey) {
        static final BinarySerde<Beginning> SERDE = BinarySerde.ofKey(
                (beginning, output) -> output.sortedLong(beginning.time).remainingText(beginning.objectKey),
                input -> new Beginning(input.sortedLong(), input.remainingText()));

        /** Sorts before every deviation that began at that time. */
        static Beginning at(long time) {
            return new Beginning(time, "");
        }

        /** Sorts after every deviation that began at that time or before. */
        static Beginning after(long time) {
            return new Beginning(time + 1, "");
        }
    }
}
