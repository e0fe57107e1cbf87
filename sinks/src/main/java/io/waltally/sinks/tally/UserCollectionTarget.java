package io.waltally.sinks.tally;

import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.jdbc.SinkDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Writes {@code agg.user-collections} into the database of syncstorage. */
public final class UserCollectionTarget extends TallyTarget<UserCollectionKey, UserCollection> {
    private static final TallyTable<UserCollectionKey, UserCollection> TABLE = new TallyTable<>(
            "user_collections",
            "user_collection",
            List.of(
                    new TallyColumn<>("user_id", "bigint", UserCollectionKey::getUserId),
                    new TallyColumn<>("collection_id", "integer", UserCollectionKey::getCollectionId)),
            List.of(
                    new TallyColumn<>("count", "bigint", UserCollection::getCount),
                    new TallyColumn<>("total_bytes", "bigint", UserCollection::getTotalBytes)),
            List.of(new TallyColumn<>(
                    "modified", "timestamptz", tally -> PostgresTimestamps.text(tally.getModified()))),
            Optional.empty(),
            UserCollection::getLastChange);

    private static final ReconcileSchedule SWEEP = new ReconcileSchedule(Duration.ofSeconds(5), 10_000);

    public UserCollectionTarget(String sink, SinkDatabase database, TallyMode mode, TopicCatalogue topics) {
        this(sink, database, mode, topics, SWEEP);
    }

    UserCollectionTarget(
            String sink, SinkDatabase database, TallyMode mode, TopicCatalogue topics, ReconcileSchedule sweep) {
        super(sink, database, mode, TABLE, topics.userCollections(), sweep);
    }
}
