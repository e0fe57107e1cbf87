package io.waltally.pipeline.collection;

import io.waltally.pipeline.deadletter.ReceivedValue;
import io.waltally.pipeline.progress.GlobalStoreProgress;
import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.row.LastClassifiedTransaction;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.table.CollectionId;
import io.waltally.pipeline.table.SyncRows;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Tally;
import io.waltally.pipeline.tally.TallyDelta;
import io.waltally.pipeline.tally.ToTallyDeltas;
import io.waltally.pipeline.tally.TransactionAggregator;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;

/**
 * Rows of bsos and user_collections -> {@code agg.user-collections} and {@code agg.user-storage}. Nothing is
 * repartitioned: all rows of a user are in one partition.
 */
public final class CollectionTopology {
    static final TransactionAggregator.Definition<CollectionId> COLLECTIONS =
            new TransactionAggregator.Definition<>("open-collections", "collections", CollectionId.SERDE);
    static final String USERS_STORE = "users";
    static final String AGGREGATED_POSITIONS_STORE = "aggregated-collections-positions";
    static final String UNNAMED_STORE = "unnamed-collections";
    static final String EXPIRIES_STORE = "expiries";
    static final String EXPIRY_DAYS_STORE = "expiry-days";
    static final String CLOCKS_STORE = "expiry-clocks";

    private final TopicCatalogue topics;
    private final Duration expiryInterval;
    private final long quotaBytes;

    /**
     * @param expiryInterval interval at which expired records leave the tallies
     * @param quotaBytes quota of each user; 0 is unlimited
     */
    public CollectionTopology(TopicCatalogue topics, Duration expiryInterval, long quotaBytes) {
        this.topics = topics;
        this.expiryInterval = expiryInterval;
        this.quotaBytes = quotaBytes;
    }

    /**
     * @param complete the position up to which each partition of the source was read, names of collections included
     * @return the change of each user's storage by each transaction
     */
    public KStream<Long, UserStorageChange> addTo(
            StreamsBuilder builder, SyncRows rows, KStream<String, Position> complete, StageOutput output) {
        builder.addStateStore(StateStores.onDisk(EXPIRIES_STORE, ExpireRecords.Expiry.SERDE, Serdes.ByteArray()));
        builder.addStateStore(StateStores.onDisk(EXPIRY_DAYS_STORE, ExpireRecords.ExpiryDay.SERDE, Serdes.ByteArray()));
        builder.addStateStore(StateStores.inMemory(CLOCKS_STORE, Serdes.String(), Serdes.Long()));
        COLLECTIONS.addOnDisk(builder);
        builder.addStateStore(LastClassifiedTransaction.store(AGGREGATED_POSITIONS_STORE));
        builder.addStateStore(StateStores.onDisk(USERS_STORE, Serdes.Long(), Tally.SERDE));
        builder.addStateStore(
                StateStores.onDisk(UNNAMED_STORE, AggregateCollections.Unnamed.SERDE, Serdes.ByteArray()));

        KStream<CollectionId, TallyDelta> records = rows.records()
                .process(
                        () -> new ExpireRecords(expiryInterval),
                        Named.as("expire-records"),
                        SyncRows.RECORDS_STORE,
                        EXPIRIES_STORE,
                        EXPIRY_DAYS_STORE,
                        CLOCKS_STORE);
        KStream<CollectionId, TallyDelta> collections = rows.collections()
                .process(
                        () -> new ToTallyDeltas<>("collection-rows", CollectionTopology::addRow),
                        Named.as("add-collection-rows"));
        KStream<Object, Object> aggregated = records.merge(collections, Named.as("merge-collection-rows"))
                .merge(
                        complete.map(
                                (key, position) ->
                                        KeyValue.pair(new CollectionId(0, 0), new TallyDelta.Complete(position)),
                                Named.as("complete-collections")),
                        Named.as("merge-complete-collections"))
                .process(
                        () -> new AggregateCollections(quotaBytes, expiryInterval),
                        Named.as("aggregate-collections"),
                        COLLECTIONS.openStore(),
                        COLLECTIONS.talliesStore(),
                        USERS_STORE,
                        AGGREGATED_POSITIONS_STORE,
                        UNNAMED_STORE);
        output.write(
                select(aggregated, UserCollectionKey.class, UserCollection.class, "user-collections"),
                topics.userCollections(),
                "user-collections");
        output.write(
                select(aggregated, UserKey.class, UserStorage.class, "user-storage"),
                topics.userStorage(),
                "user-storage");
        output.emit(select(aggregated, String.class, Position.class, "collections-complete"));
        return select(aggregated, Long.class, UserStorageChange.class, "user-storage-changes");
    }

    /** Whether the names of collections are as recent as a watermark. */
    public GlobalStoreProgress names() {
        return (context, watermark) -> CollectionNames.in(context)
                .reached(watermark, topics.collections().name());
    }

    /** Adds the global store of collection names. */
    public void addNamesTo(StreamsBuilder builder) {
        builder.addGlobalStore(
                CollectionNames.store(),
                topics.collections().name(),
                Consumed.with(
                                ReceivedValue.serde(topics.collections().keySerde()),
                                ReceivedValue.serde(topics.collections().valueSerde()))
                        .withName("read-collection-names"),
                UpdateCollectionNames::new);
    }

    private static void addRow(CollectionId id, Amounts row, BiConsumer<CollectionId, Amounts> add) {
        add.accept(id, row);
    }

    private static <K, V> KStream<K, V> select(
            KStream<Object, Object> aggregated, Class<K> key, Class<V> value, String noun) {
        return aggregated.flatMap(
                (k, v) -> key.isInstance(k) ? List.of(KeyValue.pair(key.cast(k), value.cast(v))) : List.of(),
                Named.as("select-" + noun));
    }
}
