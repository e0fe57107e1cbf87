package io.waltally.pipeline.storage;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.TallyDelta;
import io.waltally.pipeline.tally.TransactionAggregator;
import java.time.Duration;
import java.util.Objects;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Aggregates subtotals at the end of each transaction, and emits the changed ones at an interval: however many objects
 * of a backend change, each partition sends a few records per second. Subtotals that were not emitted yet are in a
 * store, so a crash loses none.
 *
 * <p>Backends are few, so for them each transaction is emitted as well, per origin, because the tables of a partition are read in any order. Transactions that are read again are not emitted, because the state already contains later changes.
 */
final class AggregateSubtotals implements Processor<TallySubject, TallyDelta, TallySubject, PartitionUpdate> {
    private final Duration interval;

    private ProcessorContext<TallySubject, PartitionUpdate> context;
    private Cancellable punctuation;
    private TransactionAggregator<TallySubject> aggregator;
    private KeyValueStore<TallySubject, Commit> pending;
    private KeyValueStore<SubtotalKey, Amounts> backends;
    private KeyValueStore<String, Position> lastEmitted;

    AggregateSubtotals(Duration interval) {
        this.interval = interval;
    }

    @Override
    public void init(ProcessorContext<TallySubject, PartitionUpdate> context) {
        this.context = context;
        this.aggregator = StorageTopology.SUBTOTALS.in(context);
        this.pending = context.getStateStore(StorageTopology.PENDING_STORE);
        this.backends = context.getStateStore(StorageTopology.BACKENDS_BY_ORIGIN_STORE);
        this.lastEmitted = context.getStateStore(StorageTopology.EMITTED_POSITIONS_STORE);
        punctuation = context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::emit);
    }

    @Override
    public void close() {
        punctuation.cancel();
    }

    @Override
    public void process(Record<TallySubject, TallyDelta> record) {
        if (record.value() instanceof TallyDelta.Delta delta) {
            aggregator.add(delta.origin(), record.key(), delta.amounts());
        } else if (record.value() instanceof TallyDelta.End end) {
            aggregator.endTransaction(end.origin(), end.commit(), (subject, before, after) -> {
                // An uncertain row is not published for a subject that no transaction has changed yet.
                if (after.commit() != null) {
                    pending.put(subject, after.commit());
                }
                if (subject.kind() == TallySubject.Kind.BACKEND) {
                    emitTransactions(subject, end, after.amounts().minus(before.amounts()), record.timestamp());
                }
            });
        } else if (record.value() instanceof TallyDelta.Complete complete) {
            emit(record.timestamp());
            emitProgress(complete.position(), record.timestamp());
        }
    }

    private void emitTransactions(TallySubject backend, TallyDelta.End end, Amounts delta, long time) {
        SubtotalKey part = new SubtotalKey(backend, end.origin(), partition());
        Amounts amounts =
                Objects.requireNonNullElse(backends.get(part), Amounts.NONE).plus(delta);
        backends.put(part, amounts.isZero() ? null : amounts);
        Position position = Objects.requireNonNullElse(end.position(), Position.START);
        Position last = Objects.requireNonNullElse(lastEmitted.get(end.origin()), Position.START);
        if (end.commit() != null && !position.isBefore(last)) {
            lastEmitted.put(end.origin(), position);
            PartitionUpdate aggregated =
                    new PartitionUpdate.TransactionSubtotal(partition(), end.origin(), position, amounts, end.commit());
            context.forward(new Record<>(backend, aggregated, time));
        }
    }

    private void emit(long time) {
        Batches.drain(pending, (subject, commit) -> {
            PartitionUpdate subtotal = new PartitionUpdate.Subtotal(
                    partition(), aggregator.get(subject).amounts(), commit);
            context.forward(new Record<>(subject, subtotal, time));
        });
    }

    private void emitProgress(Position position, long time) {
        context.forward(
                new Record<>(TallySubject.backend(""), new PartitionUpdate.Complete(partition(), position), time));
    }

    private int partition() {
        return context.taskId().partition();
    }
}
