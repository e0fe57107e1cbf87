package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.Settlement;
import io.waltally.pipeline.state.Batches;
import java.time.Duration;
import java.util.Objects;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Settles subtotals at the end of each transaction, and tells those that changed at an interval: however many objects of
 * a backend change, its partition gets a few records a second from each other one. What is still to be told is in a
 * store, so that no crash between a settlement and its telling loses it.
 *
 * <p>Of backends, of which there are few, each transaction is told by itself too, table by table: tables of a partition
 * are not read in the order in which they were written. Transactions that come again are not told, since other rows are
 * not as they were then; the next new one tells how it is.
 */
final class SettleSubtotals implements Processor<Subject, Movement, Subject, Told> {
    private final Duration interval;

    private ProcessorContext<Subject, Told> context;
    private Settlement<Subject> settlement;
    private KeyValueStore<Subject, Commit> untold;
    private KeyValueStore<Part, Amounts> backends;
    private KeyValueStore<String, Position> lastTold;

    SettleSubtotals(Duration interval) {
        this.interval = interval;
    }

    @Override
    public void init(ProcessorContext<Subject, Told> context) {
        this.context = context;
        this.settlement = StorageTopology.SUBTOTALS.in(context);
        this.untold = context.getStateStore(StorageTopology.UNTOLD_STORE);
        this.backends = context.getStateStore(StorageTopology.BACKENDS_BY_TABLE_STORE);
        this.lastTold = context.getStateStore(StorageTopology.TOLD_POSITIONS_STORE);
        context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::tell);
    }

    @Override
    public void process(Record<Subject, Movement> record) {
        if (record.value() instanceof Movement.Delta delta) {
            settlement.add(delta.origin(), record.key(), delta.amounts());
        } else if (record.value() instanceof Movement.End end) {
            settlement.settle(end.origin(), end.commit(), (subject, before, after) -> {
                // A row in doubt is nothing to tell of a subject that no transaction has moved yet.
                if (after.commit() != null) {
                    untold.put(subject, after.commit());
                }
                if (subject.kind() == Subject.Kind.BACKEND) {
                    tellSettled(subject, end, after.amounts().minus(before.amounts()), record.timestamp());
                }
            });
        } else if (record.value() instanceof Movement.Complete complete) {
            tell(record.timestamp());
            tellComplete(complete.position(), record.timestamp());
        }
    }

    private void tellSettled(Subject backend, Movement.End end, Amounts delta, long time) {
        Part part = new Part(backend, end.origin(), partition());
        Amounts amounts =
                Objects.requireNonNullElse(backends.get(part), Amounts.NONE).plus(delta);
        backends.put(part, amounts.isZero() ? null : amounts);
        Position position = Objects.requireNonNullElse(end.position(), Position.START);
        Position last = Objects.requireNonNullElse(lastTold.get(end.origin()), Position.START);
        if (end.commit() != null && !position.isBefore(last)) {
            lastTold.put(end.origin(), position);
            Told settled = new Told.Settled(partition(), end.origin(), position, amounts, end.commit());
            context.forward(new Record<>(backend, settled, time));
        }
    }

    private void tell(long time) {
        Batches.drain(untold::all, (subject, commit) -> {
            untold.delete(subject);
            Told subtotal =
                    new Told.Subtotal(partition(), settlement.get(subject).amounts(), commit);
            context.forward(new Record<>(subject, subtotal, time));
        });
    }

    private void tellComplete(Position position, long time) {
        context.forward(new Record<>(Subject.backend(""), new Told.Complete(partition(), position), time));
    }

    private int partition() {
        return context.taskId().partition();
    }
}
