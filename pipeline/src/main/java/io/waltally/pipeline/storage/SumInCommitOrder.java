package io.waltally.pipeline.storage;

import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.tally.Amounts;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the subtotals of each transaction until every partition has emitted its progress beyond the transaction, then
 * forwards the change of each backend's sum, one transaction after the other, in commit order. The output depends only
 * on the committed transactions: no sum contains a part of a transaction.
 *
 * <p>Updates of transactions that were already forwarded only correct the sum.
 */
final class SumInCommitOrder implements Processor<TallySubject, PartitionUpdate, TallySubject, StorageChange> {
    private static final String SUMMED = "summed";

    private final PartitionProgress.Definition partitions;

    private ProcessorContext<TallySubject, StorageChange> context;
    private KeyValueStore<PendingKey, PartitionUpdate.TransactionSubtotal> pending;
    private KeyValueStore<SubtotalKey, Amounts> subtotals;
    private KeyValueStore<TallySubject, Amounts> sums;
    private KeyValueStore<String, Position> positions;
    private PartitionProgress progress;

    /** @param partitions number of partitions that emit progress */
    SumInCommitOrder(PartitionProgress.Definition partitions) {
        this.partitions = partitions;
    }

    @Override
    public void init(ProcessorContext<TallySubject, StorageChange> context) {
        this.context = context;
        this.pending = context.getStateStore(StorageTopology.PENDING_BACKENDS_STORE);
        this.subtotals = context.getStateStore(StorageTopology.SUMMED_BY_ORIGIN_STORE);
        this.sums = context.getStateStore(StorageTopology.SUMMED_STORE);
        this.positions = context.getStateStore(StorageTopology.SUMMED_POSITION_STORE);
        this.progress = partitions.in(context);
    }

    @Override
    public void process(Record<TallySubject, PartitionUpdate> record) {
        if (record.value() instanceof PartitionUpdate.TransactionSubtotal subtotal) {
            SubtotalKey key = new SubtotalKey(record.key(), subtotal.origin(), subtotal.partition());
            if (subtotal.position().isBefore(summed())) {
                move(key, subtotal.amounts());
            } else {
                pending.put(new PendingKey(subtotal.position(), key), subtotal);
            }
        } else if (record.value() instanceof PartitionUpdate.Complete complete) {
            progress.advance(complete.partition(), complete.position())
                    .ifPresent(position -> sumInCommitOrder(position, record.timestamp()));
        }
    }

    private Position summed() {
        return Objects.requireNonNullElse(positions.get(SUMMED), Position.START);
    }

    private void sumInCommitOrder(Position complete, long timestamp) {
        Position summed = summed();
        if (!summed.isBefore(complete)) {
            return;
        }
        Transaction transaction = new Transaction(timestamp);
        // Starts there, because the tombstones of forwarded transactions lie before it.
        Batches.drain(pending, PendingKey.startOf(summed), PendingKey.startOf(complete), transaction::add);
        transaction.finish();
        positions.put(SUMMED, complete);
    }

    private Amounts sum(TallySubject subject) {
        return Objects.requireNonNullElse(sums.get(subject), Amounts.NONE);
    }

    private void move(SubtotalKey key, Amounts amounts) {
        Amounts known = Objects.requireNonNullElse(subtotals.get(key), Amounts.NONE);
        subtotals.put(key, amounts.isZero() ? null : amounts);
        Amounts sum = sum(key.subject()).plus(amounts).minus(known);
        sums.put(key.subject(), sum.isZero() ? null : sum);
    }

    /** Adds up the subtotals of one subject in one transaction. */
    private final class Transaction {
        private final long timestamp;
        private @Nullable PendingKey first;
        private @Nullable Commit commit;
        private Amounts before = Amounts.NONE;

        Transaction(long timestamp) {
            this.timestamp = timestamp;
        }

        void add(PendingKey place, PartitionUpdate.TransactionSubtotal subtotal) {
            if (first == null || !place.isOfSame(first)) {
                finish();
                first = place;
                commit = subtotal.commit();
                before = sum(place.key().subject());
            }
            move(place.key(), subtotal.amounts());
        }

        void finish() {
            if (first != null && commit != null) {
                TallySubject subject = first.key().subject();
                Amounts after = sum(subject);
                if (!after.equals(before)) {
                    context.forward(new Record<>(subject, new StorageChange(before, after, commit), timestamp));
                }
            }
        }
    }

    /** Key of a pending subtotal. Subtotals of one subject in one transaction are adjacent. */
    record PendingKey(Position position, SubtotalKey key) {
        static final BinarySerde<PendingKey> SERDE = BinarySerde.ofKey(
                (place, output) -> SubtotalKey.SERDE.writeTo(place.key, place.position.writeTo(output)),
                input -> new PendingKey(Position.readFrom(input), SubtotalKey.SERDE.readFrom(input)));

        /** Sorts before every subtotal of transactions at or after the position. */
        static PendingKey startOf(Position position) {
            return new PendingKey(position, new SubtotalKey(TallySubject.backend(""), "", Integer.MIN_VALUE));
        }

        boolean isOfSame(PendingKey other) {
            return position.equals(other.position) && key.subject().equals(other.key.subject());
        }
    }
}
