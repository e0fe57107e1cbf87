package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.state.BinarySerde;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Keeps the latest subtotal of each partition and forwards how their sum moves. */
final class SumSubtotals implements Processor<Subject, Subtotal, Subject, StorageChange> {
    private ProcessorContext<Subject, StorageChange> context;
    private KeyValueStore<Origin, Subtotal> subtotals;
    private long latestTime;

    @Override
    public void init(ProcessorContext<Subject, StorageChange> context) {
        this.context = context;
        this.subtotals = context.getStateStore(StorageTopology.BY_PARTITION_STORE);
    }

    @Override
    public void process(Record<Subject, Subtotal> record) {
        Subtotal subtotal = record.value();
        Origin origin = new Origin(record.key(), subtotal.partition());
        Amounts others = Amounts.NONE;
        Amounts old = Amounts.NONE;
        Commit latest = subtotal.commit();
        try (KeyValueIterator<Origin, Subtotal> known =
                subtotals.prefixScan(record.key(), Subject.SERDE.serializer())) {
            while (known.hasNext()) {
                Subtotal other = known.next().value;
                if (other.partition() == subtotal.partition()) {
                    old = other.amounts();
                } else {
                    others = others.plus(other.amounts());
                    latest = latest.compareTo(other.commit()) < 0 ? other.commit() : latest;
                }
            }
        }
        subtotals.put(origin, subtotal.amounts().isZero() ? null : subtotal);
        if (!old.equals(subtotal.amounts())) {
            // Partitions' clocks differ a little; the records of a sum should not seem to be out of order.
            latestTime = Math.max(latestTime, record.timestamp());
            StorageChange change = new StorageChange(others.plus(old), others.plus(subtotal.amounts()), latest);
            context.forward(record.withValue(change).withTimestamp(latestTime));
        }
    }

    /** Key of a subtotal; those of a subject lie side by side. */
    record Origin(Subject subject, int partition) {
        static final BinarySerde<Origin> SERDE = BinarySerde.ofKey(
                (origin, output) -> origin.subject.writeTo(output).sortedInt(origin.partition),
                input -> new Origin(Subject.readFrom(input), input.sortedInt()));
    }
}
