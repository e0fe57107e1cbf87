package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.LastJudged;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Shift;
import io.waltally.pipeline.fold.TransactionEnd;
import io.waltally.pipeline.state.Batches;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Judges what transactions do to the rows of one table, each from the row before and after the transaction. Nothing but
 * that table decides, so it is judged as soon as the transaction ends in it.
 */
final class JudgeRows<I, S> implements Processor<I, RowEvent<S>, String, Notification> {
    private final Definition definition;
    private final RowVerdict<I, S> verdict;

    private ProcessorContext<String, Notification> context;
    private KeyValueStore<I, S> rows;
    private KeyValueStore<I, RowBefore<S>> touched;
    private LastJudged lastJudged;

    JudgeRows(Definition definition, RowVerdict<I, S> verdict) {
        this.definition = definition;
        this.verdict = verdict;
    }

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.context = context;
        this.rows = context.getStateStore(definition.rowsStore());
        this.touched = context.getStateStore(definition.touchedStore());
        this.lastJudged = LastJudged.in(context, definition.positionsStore(), definition.touchedStore());
    }

    @Override
    public void process(Record<I, RowEvent<S>> record) {
        if (record.value() instanceof Shift<S> shift) {
            if (!shift.snapshot() && lastJudged.isBefore(shift.position()) && touched.get(record.key()) == null) {
                touched.put(record.key(), new RowBefore<>(shift.before()));
            }
        } else if (record.value() instanceof TransactionEnd<S> end && lastJudged.judge(end.position(), end.commit())) {
            Batches.drain(
                    touched,
                    (identity, before) -> verdict.of(identity, before.state(), rows.get(identity), end.commit())
                            .ifPresent(notification -> context.forward(
                                    new Record<>(notification.subject(), notification, record.timestamp()))));
        }
    }

    /**
     * Where its state is.
     *
     * @param rowsStore the rows as they are
     * @param touchedStore those that the open transaction touched, as they were
     * @param positionsStore of {@link LastJudged}
     */
    record Definition(String rowsStore, String touchedStore, String positionsStore) {
        String[] stores() {
            return new String[] {rowsStore, touchedStore, positionsStore};
        }
    }
}
