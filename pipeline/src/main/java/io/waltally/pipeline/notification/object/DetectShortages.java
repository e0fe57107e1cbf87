package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.deadletter.UncertainRows;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.row.Degradation;
import io.waltally.pipeline.row.LastClassifiedTransaction;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.TransactionEnd;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.table.Copies;
import io.waltally.pipeline.table.ObjectStoreRows;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Detects at the end of each transaction which objects it left with too few copies. A shortage that a snapshot finds
 * causes no notification, and neither does one that ends by a snapshot, or by uncertainty about the object's rows.
 */
final class DetectShortages implements Processor<String, RowEvent<Copies>, Void, Void> {
    private static final String CLASSIFIER = "shortages";
    private static final byte[] PRESENT = {};

    private final Replication replication;

    private KeyValueStore<String, Copies> objects;
    private UncertainRows<Copies> uncertain;
    private KeyValueStore<String, byte[]> changed;
    private Shortages shortages;
    private LastClassifiedTransaction lastClassified;

    DetectShortages(Replication replication) {
        this.replication = replication;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        this.objects = context.getStateStore(ObjectStoreRows.OBJECTS_STORE);
        this.uncertain = UncertainRows.in(context, ObjectStoreRows.UNCERTAIN_OBJECTS_STORE);
        this.changed = context.getStateStore(ObjectNotificationTopology.CHANGED_SHORTAGES_STORE);
        this.shortages = Shortages.in(context, replication);
        this.lastClassified =
                LastClassifiedTransaction.in(context, ObjectNotificationTopology.POSITIONS_STORE, CLASSIFIER);
    }

    @Override
    public void process(Record<String, RowEvent<Copies>> record) {
        if (record.value() instanceof RowChange<Copies> change) {
            if (lastClassified.isBefore(change.position())) {
                see(record.key(), change);
            }
        } else if (record.value() instanceof Degradation<Copies> degradation) {
            if (degradation.nonTransactional() != null || lastClassified.isBefore(degradation.position())) {
                shortages.forget(record.key());
            }
        } else if (record.value() instanceof TransactionEnd<Copies> end
                && lastClassified.advance(end.position(), end.commit())) {
            classify(end);
        }
    }

    /** Most changes leave the shortage as it is; with a replication factor of 1 all do. */
    private void see(String objectKey, RowChange<Copies> change) {
        if (!change.snapshot() && isShort(change.before()) != isShort(change.after())) {
            changed.put(objectKey, PRESENT);
        } else if (change.snapshot() && !isShort(change.after())) {
            shortages.forget(objectKey);
        }
    }

    private boolean isShort(@Nullable Copies copies) {
        return copies != null && copies.all().size() < replication.factor();
    }

    private void classify(TransactionEnd<Copies> end) {
        Batches.drain(changed, (objectKey, present) -> {
            if (!uncertain.contains(objectKey)) {
                Copies copies = objects.get(objectKey);
                shortages.classify(objectKey, copies == null ? 0 : copies.all().size(), end.position(), end.commit());
            }
        });
    }
}
