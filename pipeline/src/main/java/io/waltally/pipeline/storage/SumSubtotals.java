package io.waltally.pipeline.storage;

import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.tally.Amounts;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keeps the latest subtotal of each partition, and forwards the changes of their sum, and the position up to which it
 * is complete.
 */
final class SumSubtotals implements Processor<TallySubject, PartitionUpdate, TallySubject, StorageEvent> {
    private final PartitionProgress.Definition partitions;

    private ProcessorContext<TallySubject, StorageEvent> context;
    private KeyValueStore<SubjectPartition, PartitionUpdate.Subtotal> subtotals;
    private PartitionProgress progress;
    private long latestTime;

    SumSubtotals(PartitionProgress.Definition partitions) {
        this.partitions = partitions;
    }

    @Override
    public void init(ProcessorContext<TallySubject, StorageEvent> context) {
        this.context = context;
        this.subtotals = context.getStateStore(StorageTopology.BY_PARTITION_STORE);
        this.progress = partitions.in(context);
    }

    @Override
    public void process(Record<TallySubject, PartitionUpdate> record) {
        if (record.value() instanceof PartitionUpdate.Subtotal subtotal) {
            sum(record, subtotal);
        } else if (record.value() instanceof PartitionUpdate.Complete complete) {
            progress.advance(complete.partition(), complete.position())
                    .ifPresent(position -> context.forward(record.withValue(new StorageEvent.Complete(position))));
        }
    }

    private void sum(Record<TallySubject, PartitionUpdate> record, PartitionUpdate.Subtotal subtotal) {
        SubjectPartition place = new SubjectPartition(record.key(), subtotal.partition());
        List<SubjectPartition> places = new ArrayList<>();
        Amounts others = Amounts.NONE;
        Amounts old = Amounts.NONE;
        boolean empty = subtotal.amounts().isZero();
        Commit latest = subtotal.commit();
        try (KeyValueIterator<SubjectPartition, PartitionUpdate.Subtotal> known =
                subtotals.prefixScan(record.key(), TallySubject.SERDE.serializer())) {
            while (known.hasNext()) {
                KeyValue<SubjectPartition, PartitionUpdate.Subtotal> entry = known.next();
                PartitionUpdate.Subtotal other = entry.value;
                places.add(entry.key);
                if (other.partition() == subtotal.partition()) {
                    old = other.amounts();
                } else {
                    others = others.plus(other.amounts());
                    empty = empty && other.amounts().isZero();
                }
                latest = latest.compareTo(other.commit()) < 0 ? other.commit() : latest;
            }
        }
        if (empty) {
            places.forEach(each -> subtotals.put(each, null));
        } else {
            // Kept also if it is zero: without its commit the last change of the sum could go back.
            subtotals.put(place, new PartitionUpdate.Subtotal(subtotal.partition(), subtotal.amounts(), latest));
        }
        if (!old.equals(subtotal.amounts())) {
            // The clocks of partitions differ slightly; the timestamps of a sum must not go back.
            latestTime = Math.max(latestTime, record.timestamp());
            StorageChange change = new StorageChange(others.plus(old), others.plus(subtotal.amounts()), latest);
            context.forward(record.withValue(change).withTimestamp(latestTime));
        }
    }

    /** Key of a subtotal. Subtotals of one subject are adjacent. */
    record SubjectPartition(TallySubject subject, int partition) {
        static final BinarySerde<SubjectPartition> SERDE = BinarySerde.ofKey(
                (place, output) -> place.subject.writeTo(output).sortedInt(place.partition),
                input -> new SubjectPartition(TallySubject.readFrom(input), input.sortedInt()));
    }
}
