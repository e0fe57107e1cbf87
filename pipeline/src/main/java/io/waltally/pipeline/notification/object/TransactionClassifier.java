package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.deadletter.UncertainRows;
import io.waltally.pipeline.notification.ObjectClassification;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Degradation;
import io.waltally.pipeline.row.LastClassifiedTransaction;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.TransactionEnd;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.table.Copies;
import io.waltally.pipeline.table.ObjectStoreRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Collects the changes that the open transaction makes to each object, and classifies them when it ends. Snapshots and
 * transactions that were classified before have no result, and neither have objects with an uncertain row: a missing
 * row would look like a deletion.
 */
final class TransactionClassifier implements Processor<String, RowEvent<Copies>, String, CrossPartitionEvent> {
    private static final String CLASSIFIER = "last-classified";

    private ProcessorContext<String, CrossPartitionEvent> context;
    private KeyValueStore<String, Copies> objects;
    private UncertainRows<Copies> uncertain;
    private KeyValueStore<String, ObjectDelta> deltas;
    private KeyValueStore<PendingNotifications.Key, PendingNotifications> pending;
    private LastClassifiedTransaction lastClassified;

    @Override
    public void init(ProcessorContext<String, CrossPartitionEvent> context) {
        this.context = context;
        this.objects = context.getStateStore(ObjectStoreRows.OBJECTS_STORE);
        this.uncertain = UncertainRows.in(context, ObjectStoreRows.UNCERTAIN_OBJECTS_STORE);
        this.deltas = context.getStateStore(ObjectNotificationTopology.DELTAS_STORE);
        this.pending = context.getStateStore(ObjectNotificationTopology.PENDING_STORE);
        this.lastClassified =
                LastClassifiedTransaction.in(context, ObjectNotificationTopology.POSITIONS_STORE, CLASSIFIER);
    }

    @Override
    public void process(Record<String, RowEvent<Copies>> record) {
        if (record.value() instanceof RowChange<Copies> change) {
            if (!change.snapshot() && lastClassified.isBefore(change.position())) {
                addChange(record.key(), change);
            }
        } else if (record.value() instanceof Degradation<Copies> degradation) {
            markUncertain(record.key(), degradation);
        } else if (record.value() instanceof TransactionEnd<Copies> end
                && lastClassified.advance(end.position(), end.commit())) {
            classify(end, record.timestamp());
        }
    }

    private void addChange(String objectKey, RowChange<Copies> change) {
        deltas.put(objectKey, delta(objectKey, change.before()).and(change.before(), change.after()));
    }

    private void markUncertain(String objectKey, Degradation<Copies> degradation) {
        boolean concerns = degradation.nonTransactional() == null
                ? lastClassified.isBefore(degradation.position())
                : deltas.get(objectKey) != null;
        if (concerns) {
            deltas.put(objectKey, delta(objectKey, objects.get(objectKey)).markUncertain());
        }
    }

    private ObjectDelta delta(String objectKey, @Nullable Copies now) {
        return Objects.requireNonNullElseGet(deltas.get(objectKey), () -> ObjectDelta.first(now));
    }

    private void classify(TransactionEnd<Copies> end, long timestamp) {
        Classifications classifications = new Classifications(end.position(), end.commit());
        Batches.drain(deltas, (objectKey, delta) -> {
            if (!uncertain.contains(objectKey)) {
                delta.classify(objects.get(objectKey)).ifPresent(found -> classifications.add(objectKey, found));
            }
        });
        classifications.store();
        if (classifications.removed > 0) {
            CrossPartitionEvent event = new CrossPartitionEvent.ObjectsRemoved(
                    context.taskId().partition(), end.position(), classifications.removed);
            context.forward(new Record<>("", event, timestamp));
        }
    }

    /** Classifications of one transaction, stored together in entries of moderate size. */
    private final class Classifications {
        private static final int MAX_LENGTH = 32 << 10;

        private final Position position;
        private final Commit commit;
        private final List<PendingNotifications.OfObject> together = new ArrayList<>();
        private int length;
        private long removed;

        Classifications(Position position, Commit commit) {
            this.position = position;
            this.commit = commit;
        }

        void add(String objectKey, ObjectClassification classification) {
            together.add(new PendingNotifications.OfObject(objectKey, classification));
            length += objectKey.length();
            if (length >= MAX_LENGTH) {
                store();
            }
            if (classification.kind() == ObjectClassification.Kind.REMOVED) {
                removed++;
            }
        }

        void store() {
            if (!together.isEmpty()) {
                pending.put(
                        new PendingNotifications.Key(position, together.get(0).objectKey()),
                        new PendingNotifications(commit, together));
                together.clear();
                length = 0;
            }
        }
    }
}
