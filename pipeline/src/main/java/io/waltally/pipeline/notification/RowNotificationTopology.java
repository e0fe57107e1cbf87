package io.waltally.pipeline.notification;

import io.waltally.pipeline.collection.CollectionView;
import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.LastJudged;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.rows.CollectionId;
import io.waltally.pipeline.rows.ExhaustedCleanup;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.rows.SyncRows;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.TopicCatalogue;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.jspecify.annotations.Nullable;

/** Single rows -> backend.removed, cleanup.exhausted and collection.changed. */
public final class RowNotificationTopology {
    private static final String POSITIONS_STORE = NotificationTopology.POSITIONS_STORE;
    private static final String SYNC_POSITIONS_STORE = "judged-sync-positions";
    private static final JudgeRows.Definition BACKENDS =
            new JudgeRows.Definition(ObjectStoreRows.LIMITS_STORE, "touched-backends", POSITIONS_STORE);
    private static final JudgeRows.Definition CLEANUPS =
            new JudgeRows.Definition(ObjectStoreRows.DEAD_LETTERS_STORE, "touched-cleanups", POSITIONS_STORE);
    private static final JudgeRows.Definition COLLECTIONS =
            new JudgeRows.Definition(SyncRows.COLLECTIONS_STORE, "touched-collections", SYNC_POSITIONS_STORE);

    private final Outbox outbox;

    public RowNotificationTopology(TopicCatalogue topics) {
        this.outbox = new Outbox(topics.notifications());
    }

    /** To be added behind {@link NotificationTopology}, whose store of positions it shares. */
    public void addTo(StreamsBuilder builder, ObjectStoreRows rows) {
        builder.addStateStore(
                StateStores.inMemory(BACKENDS.touchedStore(), Serdes.String(), RowBefore.serde(Amounts.SERDE)));
        builder.addStateStore(
                StateStores.onDisk(CLEANUPS.touchedStore(), Serdes.Long(), RowBefore.serde(ExhaustedCleanup.SERDE)));
        judge(rows.limits(), BACKENDS, RowNotificationTopology::ofBackend, "backends");
        judge(rows.deadLetters(), CLEANUPS, RowNotificationTopology::ofCleanup, "exhausted-cleanups");
    }

    /** A notification per changed collection and transaction, which are many. */
    public void addCollectionsTo(StreamsBuilder builder, SyncRows rows) {
        builder.addStateStore(LastJudged.store(SYNC_POSITIONS_STORE));
        builder.addStateStore(
                StateStores.onDisk(COLLECTIONS.touchedStore(), CollectionId.SERDE, RowBefore.serde(Amounts.SERDE)));
        judge(rows.collections(), COLLECTIONS, RowNotificationTopology::ofCollection, "collections");
    }

    private <I, S> void judge(
            KStream<I, RowEvent<S>> rows, JudgeRows.Definition definition, RowVerdict<I, S> verdict, String noun) {
        outbox.write(
                rows.process(
                        () -> new JudgeRows<>(definition, verdict), Named.as("judge-" + noun), definition.stores()),
                noun + "-notifications");
    }

    private static Optional<Notification> ofBackend(
            String backend, @Nullable Amounts before, @Nullable Amounts after, Commit commit) {
        return before != null && after == null
                ? Optional.of(Notification.backendRemoved(backend, commit))
                : Optional.empty();
    }

    private static Optional<Notification> ofCleanup(
            Long id, @Nullable ExhaustedCleanup before, @Nullable ExhaustedCleanup after, Commit commit) {
        return before == null && after != null
                ? Optional.of(Notification.cleanupExhausted(id, after, commit))
                : Optional.empty();
    }

    private static Optional<Notification> ofCollection(
            CollectionId id, @Nullable Amounts before, @Nullable Amounts after, Commit commit) {
        Optional<Instant> modified = CollectionView.lastModified(id, after);
        return modified.equals(CollectionView.lastModified(id, before))
                ? Optional.empty()
                : Optional.of(Notification.collectionChanged(id, modified, commit));
    }
}
