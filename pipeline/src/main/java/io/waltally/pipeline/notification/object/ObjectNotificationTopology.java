package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.notification.Notification;
import io.waltally.pipeline.notification.Outbox;
import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.progress.SourceProgress;
import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.row.LastClassifiedTransaction;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;

/** Rows of s3-orchestrator -> s3:ObjectCreated, s3:ObjectRemoved and object.under_replicated. */
public final class ObjectNotificationTopology {
    static final String DELTAS_STORE = "object-deltas";
    static final String PENDING_STORE = "pending-notifications";
    public static final String POSITIONS_STORE = "classified-positions";
    static final String PROGRESS_STORE = "cross-partition-progress";
    static final String CLOSED_UPLOADS_STORE = "closed-uploads";
    static final String UPLOADS_BY_OBJECT_STORE = "uploads-by-object";
    static final String EXPIRING_UPLOADS_STORE = "expiring-uploads";
    static final String DELETED_INTENTS_STORE = "deleted-intents";
    static final String REMOVALS_STORE = "object-removals";
    static final String CHANGED_SHORTAGES_STORE = "changed-shortages";
    static final String SHORTAGES_STORE = "shortages";
    static final String PENDING_SHORTAGES_STORE = "pending-shortages";

    private final TopicCatalogue topics;
    private final Outbox outbox;
    private final Replication replication;

    public ObjectNotificationTopology(TopicCatalogue topics, Replication replication) {
        this.topics = topics;
        this.outbox = new Outbox(topics.notifications());
        this.replication = replication;
    }

    /**
     * @param reached the watermarks that each partition of the source has reached
     * @param complete the positions of those watermarks
     */
    public void addTo(
            StreamsBuilder builder,
            ObjectStoreRows rows,
            KStream<String, SourceProgress> reached,
            KStream<String, Position> complete,
            StageOutput output) {
        classifyObjects(builder, rows, complete, output);
        watchShortages(builder, rows, reached);
    }

    private void classifyObjects(
            StreamsBuilder builder, ObjectStoreRows rows, KStream<String, Position> complete, StageOutput output) {
        int partitions = topics.objectLocations().partitions();
        PartitionProgress.Definition progress = new PartitionProgress.Definition(PROGRESS_STORE, partitions);
        progress.addTo(builder);
        builder.addStateStore(StateStores.onDisk(DELTAS_STORE, Serdes.String(), ObjectDelta.SERDE));
        builder.addStateStore(
                StateStores.onDisk(PENDING_STORE, PendingNotifications.Key.SERDE, PendingNotifications.SERDE));
        builder.addStateStore(LastClassifiedTransaction.store(POSITIONS_STORE));
        builder.addStateStore(
                StateStores.onDisk(CLOSED_UPLOADS_STORE, PendingNotifications.Key.SERDE, Serdes.ByteArray()));
        builder.addStateStore(
                StateStores.onDisk(UPLOADS_BY_OBJECT_STORE, UploadHistory.Key.SERDE, UploadHistory.SERDE));
        builder.addStateStore(
                StateStores.onDisk(EXPIRING_UPLOADS_STORE, PendingNotifications.Key.SERDE, UploadHistory.Key.SERDE));
        builder.addStateStore(
                StateStores.onDisk(DELETED_INTENTS_STORE, PendingNotifications.Key.SERDE, Serdes.ByteArray()));
        builder.addStateStore(
                StateStores.inMemory(REMOVALS_STORE, ReleasePendingNotifications.RemovalKey.SERDE, Serdes.Long()));

        KStream<String, Object> released = removals(rows)
                .merge(uploads(rows), Named.as("merge-upload-events"))
                .merge(
                        rows.intents().process(EmitDeletedIntents::new, Named.as("emit-intents")),
                        Named.as("merge-intent-events"))
                .merge(
                        complete.process(
                                EmitProgress::new,
                                Named.as("emit-progress"),
                                CLOSED_UPLOADS_STORE,
                                ObjectStoreRows.UPLOADS_STORE),
                        Named.as("merge-progress-events"))
                // Repartitioned, because uploads and intents are partitioned by their own ids, and a batch delete may
                // touch all partitions.
                .repartition(Repartitioned.with(Serdes.String(), CrossPartitionEvent.SERDE)
                        .withNumberOfPartitions(partitions)
                        .withStreamPartitioner(new CrossPartitionEventPartitioner())
                        .withName("cross-partition-events"))
                .process(
                        () -> new ReleasePendingNotifications(progress, replication),
                        Named.as("release-notifications"),
                        PENDING_STORE,
                        POSITIONS_STORE,
                        progress.store(),
                        UPLOADS_BY_OBJECT_STORE,
                        EXPIRING_UPLOADS_STORE,
                        DELETED_INTENTS_STORE,
                        REMOVALS_STORE);
        outbox.write(select(released, Notification.class, "notifications"), "object-notifications");
        output.emit(select(released, Position.class, "notifications-complete"));
    }

    private static <V> KStream<String, V> select(KStream<String, Object> released, Class<V> type, String noun) {
        return released.flatMapValues(
                value -> type.isInstance(value) ? List.of(type.cast(value)) : List.of(), Named.as("select-" + noun));
    }

    private static KStream<String, CrossPartitionEvent> removals(ObjectStoreRows rows) {
        return rows.objects()
                .process(
                        TransactionClassifier::new,
                        Named.as("classify-transactions"),
                        ObjectStoreRows.OBJECTS_STORE,
                        ObjectStoreRows.UNCERTAIN_OBJECTS_STORE,
                        DELTAS_STORE,
                        PENDING_STORE,
                        POSITIONS_STORE);
    }

    private static KStream<String, CrossPartitionEvent> uploads(ObjectStoreRows rows) {
        return rows.uploads()
                .merge(rows.parts(), Named.as("merge-upload-parts"))
                .process(EmitUploads::new, Named.as("emit-uploads"), CLOSED_UPLOADS_STORE);
    }

    private void watchShortages(StreamsBuilder builder, ObjectStoreRows rows, KStream<String, SourceProgress> reached) {
        builder.addStateStore(StateStores.onDisk(CHANGED_SHORTAGES_STORE, Serdes.String(), Serdes.ByteArray()));
        builder.addStateStore(StateStores.onDisk(SHORTAGES_STORE, Serdes.String(), Shortage.SERDE));
        builder.addStateStore(
                StateStores.onDisk(PENDING_SHORTAGES_STORE, Shortage.Beginning.SERDE, Serdes.ByteArray()));
        rows.objects()
                .process(
                        () -> new DetectShortages(replication),
                        Named.as("detect-shortages"),
                        ObjectStoreRows.OBJECTS_STORE,
                        ObjectStoreRows.UNCERTAIN_OBJECTS_STORE,
                        CHANGED_SHORTAGES_STORE,
                        SHORTAGES_STORE,
                        PENDING_SHORTAGES_STORE,
                        PENDING_STORE,
                        POSITIONS_STORE);
        reached.process(
                () -> new EmitShortages(replication),
                Named.as("emit-shortages"),
                SHORTAGES_STORE,
                PENDING_SHORTAGES_STORE,
                PENDING_STORE,
                POSITIONS_STORE);
    }
}
