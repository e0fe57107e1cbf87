package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.state.BinarySerde;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Keeps the latest subtotal of each partition and forwards how their sum moves, and up to where it is complete. */
final class SumSubtotals implements Processor<Subject, Told, Subject, StorageEvent> {
    private final PartitionProgress.Definition partitions;

    private ProcessorContext<Subject, StorageEvent> context;
    private KeyValueStore<Origin, Told.Subtotal> subtotals;
    private PartitionProgress progress;
    private long latestTime;

    SumSubtotals(PartitionProgress.Definition partitions) {
        this.partitions = partitions;
    }

    @Override
    public void init(ProcessorContext<Subject, StorageEvent> context) {
        this.context = context;
        this.subtotals = context.getStateStore(StorageTopology.BY_PARTITION_STORE);
        this.progress = partitions.in(context);
    }

    @Override
    public void process(Record<Subject, Told> record) {
        if (record.value() instanceof Told.Subtotal subtotal) {
            sum(record, subtotal);
        } else if (record.value() instanceof Told.Complete complete) {
            progress.told(complete.partition(), complete.position())
                    .ifPresent(position -> context.forward(record.withValue(new StorageEvent.Complete(position))));
        }
    }

    private void sum(Record<Subject, Told> record, Told.Subtotal subtotal) {
        Origin origin = new Origin(record.key(), subtotal.partition());
        Amounts others = Amounts.NONE;
        Amounts old = Amounts.NONE;
        Commit latest = subtotal.commit();
        try (KeyValueIterator<Origin, Told.Subtotal> known =
                subtotals.prefixScan(record.key(), Subject.SERDE.serializer())) {
            while (known.hasNext()) {
                Told.Subtotal other = known.next().value;
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
