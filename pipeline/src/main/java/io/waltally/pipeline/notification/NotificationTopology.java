package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.LastJudged;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.progress.Reached;
import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.TopicCatalogue;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;

/** Objects of s3-orchestrator -> s3:ObjectCreated, s3:ObjectRemoved and object.under_replicated. */
public final class NotificationTopology {
    static final String TOUCHED_STORE = "touched-objects";
    static final String HELD_STORE = "held-judgements";
    static final String POSITIONS_STORE = "judged-positions";
    static final String PROGRESS_STORE = "tidings-progress";
    static final String CLOSED_UPLOADS_STORE = "closed-uploads";
    static final String UPLOADS_BY_OBJECT_STORE = "uploads-by-object";
    static final String EXPIRING_UPLOADS_STORE = "expiring-uploads";
    static final String DELETED_INTENTS_STORE = "deleted-intents";
    static final String REMOVALS_STORE = "object-removals";
    static final String TOUCHED_SHORTAGES_STORE = "touched-shortages";
    static final String SHORTAGES_STORE = "shortages";
    static final String UNTOLD_SHORTAGES_STORE = "untold-shortages";

    private final TopicCatalogue topics;
    private final Outbox outbox;
    private final Replication replication;

    public NotificationTopology(TopicCatalogue topics, Replication replication) {
        this.topics = topics;
        this.outbox = new Outbox(topics.notifications());
        this.replication = replication;
    }

    /**
     * @param reached watermarks that each partition of the source has reached
     * @param complete their positions
     */
    public void addTo(
            StreamsBuilder builder,
            ObjectStoreRows rows,
            KStream<String, Reached> reached,
            KStream<String, Position> complete,
            StageOutput output) {
        judgeObjects(builder, rows, complete, output);
        watchShortages(builder, rows, reached);
    }

    private void judgeObjects(
            StreamsBuilder builder, ObjectStoreRows rows, KStream<String, Position> complete, StageOutput output) {
        int partitions = topics.objectLocations().partitions();
        PartitionProgress.Definition progress = new PartitionProgress.Definition(PROGRESS_STORE, partitions);
        progress.addTo(builder);
        builder.addStateStore(StateStores.onDisk(TOUCHED_STORE, Serdes.String(), Touched.SERDE));
        builder.addStateStore(StateStores.onDisk(HELD_STORE, Judgement.Key.SERDE, Judgement.SERDE));
        builder.addStateStore(LastJudged.store(POSITIONS_STORE));
        builder.addStateStore(StateStores.onDisk(CLOSED_UPLOADS_STORE, Judgement.Key.SERDE, Serdes.ByteArray()));
        builder.addStateStore(
                StateStores.onDisk(UPLOADS_BY_OBJECT_STORE, UploadHistory.Key.SERDE, UploadHistory.SERDE));
        builder.addStateStore(StateStores.onDisk(EXPIRING_UPLOADS_STORE, Judgement.Key.SERDE, UploadHistory.Key.SERDE));
        builder.addStateStore(StateStores.onDisk(DELETED_INTENTS_STORE, Judgement.Key.SERDE, Serdes.ByteArray()));
        builder.addStateStore(StateStores.inMemory(REMOVALS_STORE, ReleaseJudgements.RemovalKey.SERDE, Serdes.Long()));

        KStream<String, Object> released = removals(rows)
                .merge(uploads(rows), Named.as("merge-told-uploads"))
                .merge(
                        rows.intents().process(TellIntents::new, Named.as("tell-intents")),
                        Named.as("merge-told-intents"))
                .merge(
                        complete.process(
                                TellComplete::new,
                                Named.as("tell-complete"),
                                CLOSED_UPLOADS_STORE,
                                ObjectStoreRows.UPLOADS_STORE),
                        Named.as("merge-told-complete"))
                // Re-keyed because uploads and intents lie by their own ids, and a batch of deletes in all partitions.
                .repartition(Repartitioned.with(Serdes.String(), Tiding.SERDE)
                        .withNumberOfPartitions(partitions)
                        .withStreamPartitioner(new TidingPartitioner())
                        .withName("tidings-by-object"))
                .process(
                        () -> new ReleaseJudgements(progress, replication),
                        Named.as("release-judgements"),
                        HELD_STORE,
                        POSITIONS_STORE,
                        progress.store(),
                        UPLOADS_BY_OBJECT_STORE,
                        EXPIRING_UPLOADS_STORE,
                        DELETED_INTENTS_STORE,
                        REMOVALS_STORE);
        outbox.write(select(released, Notification.class, "notifications"), "object-notifications");
        output.tell(select(released, Position.class, "notifications-complete"));
    }

    private static <V> KStream<String, V> select(KStream<String, Object> released, Class<V> type, String noun) {
        return released.flatMapValues(
                value -> type.isInstance(value) ? List.of(type.cast(value)) : List.of(), Named.as("select-" + noun));
    }

    private static KStream<String, Tiding> removals(ObjectStoreRows rows) {
        return rows.objects()
                .process(
                        JudgeTransactions::new,
                        Named.as("judge-transactions"),
                        ObjectStoreRows.OBJECTS_STORE,
                        ObjectStoreRows.POISONED_OBJECTS_STORE,
                        TOUCHED_STORE,
                        HELD_STORE,
                        POSITIONS_STORE);
    }

    private static KStream<String, Tiding> uploads(ObjectStoreRows rows) {
        return rows.uploads()
                .merge(rows.parts(), Named.as("merge-upload-parts"))
                .process(TellUploads::new, Named.as("tell-uploads"), CLOSED_UPLOADS_STORE);
    }

    private void watchShortages(StreamsBuilder builder, ObjectStoreRows rows, KStream<String, Reached> reached) {
        builder.addStateStore(StateStores.onDisk(TOUCHED_SHORTAGES_STORE, Serdes.String(), Serdes.ByteArray()));
        builder.addStateStore(StateStores.onDisk(SHORTAGES_STORE, Serdes.String(), Shortage.SERDE));
        builder.addStateStore(StateStores.onDisk(UNTOLD_SHORTAGES_STORE, Shortage.Beginning.SERDE, Serdes.ByteArray()));
        rows.objects()
                .process(
                        () -> new WatchShortages(replication),
                        Named.as("watch-shortages"),
                        ObjectStoreRows.OBJECTS_STORE,
                        ObjectStoreRows.POISONED_OBJECTS_STORE,
                        TOUCHED_SHORTAGES_STORE,
                        SHORTAGES_STORE,
                        UNTOLD_SHORTAGES_STORE,
                        HELD_STORE,
                        POSITIONS_STORE);
        reached.process(
                () -> new TellShortages(replication),
                Named.as("tell-shortages"),
                SHORTAGES_STORE,
                UNTOLD_SHORTAGES_STORE,
                HELD_STORE,
                POSITIONS_STORE);
    }
}
