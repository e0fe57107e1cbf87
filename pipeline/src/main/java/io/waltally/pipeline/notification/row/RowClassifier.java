package io.waltally.pipeline.notification.row;

import io.waltally.pipeline.notification.Notification;
import io.waltally.pipeline.row.LastClassifiedTransaction;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.TransactionEnd;
import io.waltally.pipeline.state.Batches;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Applies a {@link NotificationRule} to each row that a transaction changed, with the row before and after it. Depends
 * on one table only, so it does not wait for other partitions.
 */
final class RowClassifier<I, S> implements Processor<I, RowEvent<S>, String, Notification> {
    private final Definition definition;
    private final NotificationRule<I, S> rule;

    private ProcessorContext<String, Notification> context;
    private KeyValueStore<I, S> rows;
    private KeyValueStore<I, RowBefore<S>> changed;
    private LastClassifiedTransaction lastClassified;

    RowClassifier(Definition definition, NotificationRule<I, S> rule) {
        this.definition = definition;
        this.rule = rule;
    }

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.context = context;
        this.rows = context.getStateStore(definition.rowsStore());
        this.changed = context.getStateStore(definition.changedStore());
        this.lastClassified =
                LastClassifiedTransaction.in(context, definition.positionsStore(), definition.changedStore());
    }

    @Override
    public void process(Record<I, RowEvent<S>> record) {
        if (record.value() instanceof RowChange<S> change) {
            if (!change.snapshot() && lastClassified.isBefore(change.position()) && changed.get(record.key()) == null) {
                changed.put(record.key(), new RowBefore<>(change.before()));
            }
        } else if (record.value() instanceof TransactionEnd<S> end
                && lastClassified.advance(end.position(), end.commit())) {
            Batches.drain(
                    changed,
                    (identity, before) -> rule.of(identity, before.state(), rows.get(identity), end.commit())
                            .ifPresent(notification -> context.forward(
                                    new Record<>(notification.subject(), notification, record.timestamp()))));
        }
    }

    /**
     * Names of the stores.
     *
     * @param rowsStore the current rows
     * @param changedStore the rows that the open transaction changed, as they were before
     * @param positionsStore of {@link LastClassifiedTransaction}
     */
    record Definition(String rowsStore, String changedStore, String positionsStore) {
        String[] stores() {
            return new String[] {rowsStore, changedStore, positionsStore};
        }
    }
}
