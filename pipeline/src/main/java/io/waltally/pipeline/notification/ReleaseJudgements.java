package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.replica.Replication;
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
 * Takes in what other partitions tell, and when all of them have told everything about a transaction, turns its
 * judgements into notifications: in commit order, so that one object's stay in order. Behind them goes the position up to
 * which they are complete.
 */
final class ReleaseJudgements implements Processor<String, Tiding, String, Object> {
    private static final String RELEASED = "released";
    private static final byte[] PRESENT = {};

    private final PartitionProgress.Definition partitions;
    private final Replication replication;

    private ProcessorContext<String, Object> context;
    private KeyValueStore<Judgement.Key, Judgement> held;
    private KeyValueStore<String, Position> positions;
    private KeyValueStore<UploadHistory.Key, UploadHistory> uploads;
    private KeyValueStore<Judgement.Key, UploadHistory.Key> expiringUploads;
    private KeyValueStore<Judgement.Key, byte[]> deletedIntents;
    private KeyValueStore<RemovalKey, Long> removals;
    private PartitionProgress progress;

    /** @param partitions that have to tell */
    ReleaseJudgements(PartitionProgress.Definition partitions, Replication replication) {
        this.partitions = partitions;
        this.replication = replication;
    }

    @Override
    public void init(ProcessorContext<String, Object> context) {
        this.context = context;
        this.held = context.getStateStore(NotificationTopology.HELD_STORE);
        this.positions = context.getStateStore(NotificationTopology.POSITIONS_STORE);
        this.uploads = context.getStateStore(NotificationTopology.UPLOADS_BY_OBJECT_STORE);
        this.expiringUploads = context.getStateStore(NotificationTopology.EXPIRING_UPLOADS_STORE);
        this.deletedIntents = context.getStateStore(NotificationTopology.DELETED_INTENTS_STORE);
        this.removals = context.getStateStore(NotificationTopology.REMOVALS_STORE);
        this.progress = partitions.in(context);
    }

    @Override
    public void process(Record<String, Tiding> record) {
        Tiding tiding = record.value();
        if (tiding instanceof Tiding.UploadSeen seen) {
            UploadHistory.Key key = new UploadHistory.Key(seen.objectKey(), seen.uploadId());
            uploads.put(
                    key,
                    Objects.requireNonNullElse(uploads.get(key), UploadHistory.UNKNOWN)
                            .and(seen));
            if (seen.closed() != null) {
                expiringUploads.put(new Judgement.Key(seen.closed(), seen.objectKey() + '\0' + seen.uploadId()), key);
            }
        } else if (tiding instanceof Tiding.IntentDeleted deleted) {
            if (!deleted.position().isBefore(released())) {
                deletedIntents.put(new Judgement.Key(deleted.position(), deleted.objectKey()), PRESENT);
            }
        } else if (tiding instanceof Tiding.ObjectsRemoved removed) {
            if (!removed.position().isBefore(released())) {
                removals.put(new RemovalKey(removed.position(), removed.partition()), removed.count());
            }
        } else if (tiding instanceof Tiding.Progress told) {
            progress.told(told.partition(), told.position()).ifPresent(complete -> {
                release(complete, record.timestamp());
                context.forward(record.withKey("").withValue(complete));
            });
        }
    }

    /** Nothing that happened before is asked for any more. */
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
        // From there on, since before it lie the tombstones of what was released already.
        Judgement.Key start = Judgement.Key.startOf(released);
        Judgement.Key end = Judgement.Key.startOf(complete);
        Batches.drain(() -> held.range(start, end), (key, judgement) -> {
            held.put(key, null);
            for (Judgement.OfObject one : judgement.verdicts()) {
                String objectKey = one.objectKey().isEmpty() ? key.objectKey() : one.objectKey();
                notification(objectKey, one.verdict(), key.position(), judgement.commit())
                        .ifPresent(notification ->
                                context.forward(new Record<>(notification.subject(), notification, timestamp)));
            }
        });
        Batches.drain(() -> deletedIntents.range(start, end), (key, present) -> deletedIntents.put(key, null));
        Batches.drain(
                () -> removals.range(RemovalKey.startOf(released), RemovalKey.startOf(complete)),
                (key, count) -> removals.put(key, null));
        Batches.drain(() -> expiringUploads.range(null, end), (key, upload) -> {
            expiringUploads.put(key, null);
            UploadHistory history = uploads.get(upload);
            if (history != null && history.closed() != null && history.closed().isBefore(complete)) {
                uploads.delete(upload);
            }
        });
        positions.put(RELEASED, complete);
    }

    private Optional<Notification> notification(String objectKey, Verdict verdict, Position position, Commit commit) {
        if (verdict.kind() == Verdict.Kind.UNDER_REPLICATED) {
            return Optional.of(Notification.underReplicated(objectKey, verdict.copies(), replication.factor(), commit));
        }
        if (verdict.kind() == Verdict.Kind.REMOVED) {
            long removed = removedBy(position);
            return Optional.of(
                    removed > 1
                            ? Notification.deletedInBatch(objectKey, verdict, removed, commit)
                            : Notification.deleted(objectKey, verdict, commit));
        }
        Optional<KeyValue<UploadHistory.Key, UploadHistory>> upload = openUpload(objectKey, position);
        if (upload.isPresent()) {
            return Optional.of(Notification.completed(
                    objectKey,
                    verdict,
                    upload.get().key.uploadId(),
                    upload.get().value.parts(),
                    commit));
        }
        boolean meant = deletedIntents.get(new Judgement.Key(position, objectKey)) != null;
        return verdict.kind() == Verdict.Kind.MOVED_OR_CREATED && !meant
                ? Optional.empty()
                : Optional.of(Notification.put(objectKey, verdict, commit));
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

    /** The upload to the object that was open at that time, the last one to be opened if there were several. */
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

    /** Key of a partition's count of removed objects; those of a transaction lie side by side. */
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
