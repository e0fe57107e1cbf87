package io.waltally.pipeline.notification.row;

import io.waltally.pipeline.collection.CollectionView;
import io.waltally.pipeline.notification.Notification;
import io.waltally.pipeline.notification.Outbox;
import io.waltally.pipeline.notification.object.ObjectNotificationTopology;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.LastClassifiedTransaction;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.table.CollectionId;
import io.waltally.pipeline.table.ExhaustedCleanup;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.pipeline.table.SyncRows;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.jspecify.annotations.Nullable;

/** Rows of single tables -> backend.removed, cleanup.exhausted and collection.changed. */
public final class RowNotificationTopology {
    private static final String POSITIONS_STORE = ObjectNotificationTopology.POSITIONS_STORE;
    private static final String SYNC_POSITIONS_STORE = "classified-sync-positions";
    private static final RowClassifier.Definition BACKENDS =
            new RowClassifier.Definition(ObjectStoreRows.LIMITS_STORE, "changed-backends", POSITIONS_STORE);
    private static final RowClassifier.Definition CLEANUPS =
            new RowClassifier.Definition(ObjectStoreRows.DEAD_LETTERS_STORE, "changed-cleanups", POSITIONS_STORE);
    private static final RowClassifier.Definition COLLECTIONS =
            new RowClassifier.Definition(SyncRows.COLLECTIONS_STORE, "changed-collections", SYNC_POSITIONS_STORE);

    private final Outbox outbox;

    public RowNotificationTopology(TopicCatalogue topics) {
        this.outbox = new Outbox(topics.notifications());
    }

    /** To be added after {@link ObjectNotificationTopology}, which adds the shared store of positions. */
    public void addTo(StreamsBuilder builder, ObjectStoreRows rows) {
        builder.addStateStore(
                StateStores.inMemory(BACKENDS.changedStore(), Serdes.String(), RowBefore.serde(Amounts.SERDE)));
        builder.addStateStore(
                StateStores.onDisk(CLEANUPS.changedStore(), Serdes.Long(), RowBefore.serde(ExhaustedCleanup.SERDE)));
        classify(rows.limits(), BACKENDS, RowNotificationTopology::ofBackend, "backends");
        classify(rows.deadLetters(), CLEANUPS, RowNotificationTopology::ofCleanup, "exhausted-cleanups");
    }

    /** Adds one notification per changed collection and transaction. Off by default, because there are many. */
    public void addCollectionsTo(StreamsBuilder builder, SyncRows rows) {
        builder.addStateStore(LastClassifiedTransaction.store(SYNC_POSITIONS_STORE));
        builder.addStateStore(
                StateStores.onDisk(COLLECTIONS.changedStore(), CollectionId.SERDE, RowBefore.serde(Amounts.SERDE)));
        classify(rows.collections(), COLLECTIONS, RowNotificationTopology::ofCollection, "collections");
    }

    private <I, S> void classify(
            KStream<I, RowEvent<S>> rows,
            RowClassifier.Definition definition,
            NotificationRule<I, S> rule,
            String noun) {
        outbox.write(
                rows.process(
                        () -> new RowClassifier<>(definition, rule), Named.as("classify-" + noun), definition.stores()),
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
