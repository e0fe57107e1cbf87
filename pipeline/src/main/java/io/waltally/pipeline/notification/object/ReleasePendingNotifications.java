package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.notification.Notification;
import io.waltally.pipeline.notification.ObjectClassification;
import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Receives the events of all partitions, and releases the pending notifications of a transaction when every partition
 * has emitted its progress beyond the transaction. Releases in commit order, so the notifications of an object stay in
 * order, followed by the position up to which they are complete.
 */
final class ReleasePendingNotifications implements Processor<String, CrossPartitionEvent, String, Object> {
    private static final String RELEASED = "released";
    private static final byte[] PRESENT = {};

    private final PartitionProgress.Definition partitions;
    private final Replication replication;

    private ProcessorContext<String, Object> context;
    private KeyValueStore<PendingNotifications.Key, PendingNotifications> notifications;
    private KeyValueStore<String, Position> positions;
    private KeyValueStore<UploadHistory.Key, UploadHistory> uploads;
    private KeyValueStore<PendingNotifications.Key, UploadHistory.Key> expiringUploads;
    private KeyValueStore<PendingNotifications.Key, byte[]> deletedIntents;
    private KeyValueStore<RemovalKey, Long> removals;
    private PartitionProgress progress;

    /** @param partitions number of partitions that emit progress */
    ReleasePendingNotifications(PartitionProgress.Definition partitions, Replication replication) {
        this.partitions = partitions;
        this.replication = replication;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.notifications = context.getStateStore(ObjectNotificationTopology.PENDING_STORE);
        this.positions = context.getStateStore(ObjectNotificationTopology.POSITIONS_STORE);
        this.uploads = context.getStateStore(ObjectNotificationTopology.UPLOADS_BY_OBJECT_STORE);
        this.expiringUploads = context.getStateStore(ObjectNotificationTopology.EXPIRING_UPLOADS_STORE);
        this.deletedIntents = context.getStateStore(ObjectNotificationTopology.DELETED_INTENTS_STORE);
        this.removals = context.getStateStore(ObjectNotificationTopology.REMOVALS_STORE);
        this.progress = partitions.in(context);
    }

    @Override
    public void process(Record<String, CrossPartitionEvent> record) {
        CrossPartitionEvent event = record.value();
        if (event instanceof CrossPartitionEvent.UploadSeen seen) {
            UploadHistory.Key key = new UploadHistory.Key(seen.objectKey(), seen.uploadId());
            uploads.put(
                    key,
                    Objects.requireNonNullElse(uploads.get(key), UploadHistory.UNKNOWN)
                            .and(seen));
            if (seen.closed() != null) {
                expiringUploads.put(
                        new PendingNotifications.Key(seen.closed(), seen.objectKey() + '\0' + seen.uploadId()), key);
            }
        } else if (event instanceof CrossPartitionEvent.IntentDeleted deleted) {
            if (!deleted.position().isBefore(released())) {
                deletedIntents.put(new PendingNotifications.Key(deleted.position(), deleted.objectKey()), PRESENT);
            }
        } else if (event instanceof CrossPartitionEvent.ObjectsRemoved removed) {
            if (!removed.position().isBefore(released())) {
                removals.put(new RemovalKey(removed.position(), removed.partition()), removed.count());
            }
        } else if (event instanceof CrossPartitionEvent.Progress emitted) {
            progress.advance(emitted.partition(), emitted.position()).ifPresent(complete -> {
                release(complete, record.timestamp());
                context.forward(record.withKey("").withValue(complete));
            });
        }
    }

    /** Returns the position up to which notifications were released. */
    private Position released() {
        return released(positions);
    }

    static Position released(KeyValueStore<String, Position> positions) {
        return Objects.requireNonNullElse(positions.get(RELEASED), Position.START);
    }

    private void release(Position complete, long timestamp) {
        Position released = released();
        if (!released.isBefore(complete)) {
            return;
        }
        // Starts there, because the tombstones of released transactions lie before it.
        PendingNotifications.Key start = PendingNotifications.Key.startOf(released);
        PendingNotifications.Key end = PendingNotifications.Key.startOf(complete);
        Batches.drain(notifications, start, end, (key, pending) -> {
            for (PendingNotifications.OfObject one : pending.classifications()) {
                String objectKey = one.objectKey().isEmpty() ? key.objectKey() : one.objectKey();
                notification(objectKey, one.classification(), key.position(), pending.commit())
                        .ifPresent(notification ->
                                context.forward(new Record<>(notification.subject(), notification, timestamp)));
            }
        });
        Batches.drain(deletedIntents, start, end, (key, present) -> {});
        Batches.drain(removals, RemovalKey.startOf(released), RemovalKey.startOf(complete), (key, count) -> {});
        Batches.drain(expiringUploads, null, end, (key, upload) -> {
            UploadHistory history = uploads.get(upload);
            if (history != null && history.closed() != null && history.closed().isBefore(complete)) {
                uploads.delete(upload);
            }
        });
        positions.put(RELEASED, complete);
    }

    private Optional<Notification> notification(
            String objectKey, ObjectClassification classification, Position position, Commit commit) {
        if (classification.kind() == ObjectClassification.Kind.UNDER_REPLICATED) {
            return Optional.of(
                    Notification.underReplicated(objectKey, classification.copies(), replication.factor(), commit));
        }
        if (classification.kind() == ObjectClassification.Kind.REMOVED) {
            long removed = removedBy(position);
            return Optional.of(
                    removed > 1
                            ? Notification.deletedInBatch(objectKey, classification, removed, commit)
                            : Notification.deleted(objectKey, classification, commit));
        }
        Optional<KeyValue<UploadHistory.Key, UploadHistory>> upload = openUpload(objectKey, position);
        if (upload.isPresent()) {
            return Optional.of(Notification.completed(
                    objectKey,
                    classification,
                    upload.get().key.uploadId(),
                    upload.get().value.parts(),
                    commit));
        }
        boolean meant = deletedIntents.get(new PendingNotifications.Key(position, objectKey)) != null;
        return classification.kind() == ObjectClassification.Kind.MOVED_OR_CREATED && !meant
                ? Optional.empty()
                : Optional.of(Notification.put(objectKey, classification, commit));
    }

    private long removedBy(Position position) {
        long removed = 0;
        try (KeyValueIterator<RemovalKey, Long> counts =
                removals.prefixScan(position, RemovalKey.POSITION.serializer())) {
            while (counts.hasNext()) {
                removed += counts.next().value;
            }
        }
        return removed;
    }

    /** The upload to the object that was open at that position; if several were, the last one that opened. */
    private Optional<KeyValue<UploadHistory.Key, UploadHistory>> openUpload(String objectKey, Position position) {
        KeyValue<UploadHistory.Key, UploadHistory> last = null;
        try (KeyValueIterator<UploadHistory.Key, UploadHistory> ofObject =
                uploads.prefixScan(objectKey, UploadHistory.Key.OBJECT.serializer())) {
            while (ofObject.hasNext()) {
                KeyValue<UploadHistory.Key, UploadHistory> upload = ofObject.next();
                if (upload.value.openAt(position)
                        && (last == null || last.value.opened().compareTo(upload.value.opened()) <= 0)) {
                    last = upload;
                }
            }
        }
        return Optional.ofNullable(last);
    }

    /**
     * Key of the number of objects that a transaction removed in one partition. Keys of a transaction are adjacent.
     */
    record RemovalKey(Position position, int partition) {
        static final BinarySerde<RemovalKey> SERDE = BinarySerde.ofKey(
                (key, output) -> key.position.writeTo(output).sortedInt(key.partition),
                input -> new RemovalKey(Position.readFrom(input), input.sortedInt()));
        static final BinarySerde<Position> POSITION = BinarySerde.ofKey(Position::writeTo, Position::readFrom);

        static RemovalKey startOf(Position position) {
            return new RemovalKey(position, Integer.MIN_VALUE);
        }
    }
}
