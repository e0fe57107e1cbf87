package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.Settlement;
import io.waltally.pipeline.state.Batches;
import java.time.Duration;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Settles subtotals at the end of each transaction, and tells those that changed at an interval: however many objects of
 * a backend change, its partition gets a few records a second from each other one. What is still to be told is in a
 * store, so that no crash between a settlement and its telling loses it.
 */
final class SettleSubtotals implements Processor<Subject, Movement, Subject, Told> {
    private final Duration interval;

    private ProcessorContext<Subject, Told> context;
    private Settlement<Subject> settlement;
    private KeyValueStore<Subject, Commit> untold;

    SettleSubtotals(Duration interval) {
        this.interval = interval;
    }

    @Override
    public void init(ProcessorContext<Subject, Told> context) {
        this.context = context;
        this.settlement = StorageTopology.SUBTOTALS.in(context);
        this.untold = context.getStateStore(StorageTopology.UNTOLD_STORE);
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
            });
        } else if (record.value() instanceof Movement.Complete complete) {
            tell(record.timestamp());
            tellComplete(complete.position(), record.timestamp());
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
