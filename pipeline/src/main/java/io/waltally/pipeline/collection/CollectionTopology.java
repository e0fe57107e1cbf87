package io.waltally.pipeline.collection;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Contribute;
import io.waltally.pipeline.fold.LastJudged;
import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.Settlement;
import io.waltally.pipeline.fold.Tally;
import io.waltally.pipeline.poison.Received;
import io.waltally.pipeline.progress.ReadElsewhere;
import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.rows.CollectionId;
import io.waltally.pipeline.rows.SyncRows;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
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
 * Records and collections of syncstorage -> what each collection and each user holds. Nothing is re-keyed: all rows of a
 * user are in one partition.
 */
public final class CollectionTopology {
    static final Settlement.Definition<CollectionId> COLLECTIONS =
            new Settlement.Definition<>("open-collections", "collections", CollectionId.SERDE);
    static final String USERS_STORE = "users";
    static final String SETTLED_POSITIONS_STORE = "settled-collections-positions";
    static final String UNNAMED_STORE = "unnamed-collections";
    static final String EXPIRIES_STORE = "expiries";
    static final String EXPIRY_DAYS_STORE = "expiry-days";
    static final String CLOCKS_STORE = "expiry-clocks";

    private final TopicCatalogue topics;
    private final Duration expiryInterval;
    private final long quotaBytes;

    /**
     * @param expiryInterval at which expired records leave the tallies
     * @param quotaBytes of each user; 0 is unlimited
     */
    public CollectionTopology(TopicCatalogue topics, Duration expiryInterval, long quotaBytes) {
        this.topics = topics;
        this.expiryInterval = expiryInterval;
        this.quotaBytes = quotaBytes;
    }

    /**
     * @param complete up to where each partition of the source has been read, the names of collections included
     * @return what each transaction made of the occupancy of users
     */
    public KStream<Long, Occupancy> addTo(
            StreamsBuilder builder, SyncRows rows, KStream<String, Position> complete, StageOutput output) {
        builder.addStateStore(StateStores.onDisk(EXPIRIES_STORE, ExpireRecords.Expiry.SERDE, Serdes.ByteArray()));
        builder.addStateStore(StateStores.onDisk(EXPIRY_DAYS_STORE, ExpireRecords.ExpiryDay.SERDE, Serdes.ByteArray()));
        builder.addStateStore(StateStores.inMemory(CLOCKS_STORE, Serdes.String(), Serdes.Long()));
        COLLECTIONS.addOnDisk(builder);
        builder.addStateStore(LastJudged.store(SETTLED_POSITIONS_STORE));
        builder.addStateStore(StateStores.onDisk(USERS_STORE, Serdes.Long(), Tally.SERDE));
        builder.addStateStore(StateStores.onDisk(UNNAMED_STORE, SettleCollections.Unnamed.SERDE, Serdes.ByteArray()));

        KStream<CollectionId, Movement> records = rows.records()
                .process(
                        () -> new ExpireRecords(expiryInterval),
                        Named.as("expire-records"),
                        SyncRows.RECORDS_STORE,
                        EXPIRIES_STORE,
                        EXPIRY_DAYS_STORE,
                        CLOCKS_STORE);
        KStream<CollectionId, Movement> collections = rows.collections()
                .process(
                        () -> new Contribute<>("collection-rows", CollectionTopology::addRow),
                        Named.as("add-collection-rows"));
        KStream<Object, Object> settled = records.merge(collections, Named.as("merge-collection-rows"))
                .merge(
                        complete.map(
                                (key, position) ->
                                        KeyValue.pair(new CollectionId(0, 0), new Movement.Complete(position)),
                                Named.as("complete-collections")),
                        Named.as("merge-complete-collections"))
                .process(
                        () -> new SettleCollections(quotaBytes, expiryInterval),
                        Named.as("settle-collections"),
                        COLLECTIONS.openStore(),
                        COLLECTIONS.talliesStore(),
                        USERS_STORE,
                        SETTLED_POSITIONS_STORE,
                        UNNAMED_STORE);
        output.write(
                select(settled, UserCollectionKey.class, UserCollection.class, "user-collections"),
                topics.userCollections(),
                "user-collections");
        output.write(
                select(settled, UserKey.class, UserStorage.class, "user-storage"),
                topics.userStorage(),
                "user-storage");
        output.tell(select(settled, String.class, Position.class, "collections-complete"));
        return select(settled, Long.class, Occupancy.class, "occupancy");
    }

    /** Whether the names of collections hold everything that a watermark says of them. */
    public ReadElsewhere names() {
        return (context, watermark) -> CollectionNames.in(context)
                .reached(watermark, topics.collections().name());
    }

    /** Reads the names of collections, on every instance. */
    public void addNamesTo(StreamsBuilder builder) {
        builder.addGlobalStore(
                CollectionNames.store(),
                topics.collections().name(),
                Consumed.with(
                                Received.serde(topics.collections().keySerde()),
                                Received.serde(topics.collections().valueSerde()))
                        .withName("read-collection-names"),
                KeepNames::new);
    }

    private static void addRow(CollectionId id, Amounts row, BiConsumer<CollectionId, Amounts> add) {
        add.accept(id, row);
    }

    private static <K, V> KStream<K, V> select(
            KStream<Object, Object> settled, Class<K> key, Class<V> value, String noun) {
        return settled.flatMap(
                (k, v) -> key.isInstance(k) ? List.of(KeyValue.pair(key.cast(k), value.cast(v))) : List.of(),
                Named.as("select-" + noun));
    }
}
