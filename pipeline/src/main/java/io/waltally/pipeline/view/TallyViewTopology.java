package io.waltally.pipeline.view;

import io.waltally.pipeline.state.NullIfUnreadable;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Materializes the tallies of users for interactive queries.
 *
 * <p>The stores that compute tallies cannot answer queries: they contain uncommitted changes, and keep them for a while
 * after an abort. These stores are filled from the agg topics with read_committed, so they show what every other
 * consumer sees. An instance has the users of its partitions of syncstorage's topics. The stores have no changelog:
 * they are restored from the agg topics.
 */
public final class TallyViewTopology {
    static final String USER_COLLECTIONS_STORE = "committed-user-collections";
    static final String USER_STORAGE_STORE = "committed-user-storage";

    /** Stores that are restored from the topic that they are read from. */
    public static final Set<String> STORES_WITHOUT_CHANGELOG = Set.of(USER_COLLECTIONS_STORE, USER_STORAGE_STORE);

    /** Name of the store of the last sequence number that was read, by topic. */
    static final String SEQUENCES_STORE = "committed-sequences";

    private final TopicCatalogue topics;
    private final UserIndexes indexes;

    /** @param indexes that have the users of the tasks while these run */
    public TallyViewTopology(TopicCatalogue topics, UserIndexes indexes) {
        this.topics = topics;
        this.indexes = indexes;
    }

    public void addTo(StreamsBuilder builder) {
        builder.addStateStore(StateStores.queryable(SEQUENCES_STORE, Serdes.String(), Serdes.Long()));
        String collections = topics.userCollections().name();
        addTo(builder, topics.userCollections(), USER_COLLECTIONS_STORE, () -> new TrackSequenceNumbers<>(collections));
        String storage = topics.userStorage().name();
        addTo(builder, topics.userStorage(), USER_STORAGE_STORE, () -> new IndexUsers(storage, indexes));
    }

    private static <K extends SpecificRecord, V> void addTo(
            StreamsBuilder builder, Topic<K, V> topic, String store, ProcessorSupplier<K, V, Void, Void> follower) {
        builder.table(
                        topic.name(),
                        // The store has these serdes too.
                        Consumed.with(topic.keySerde(), NullIfUnreadable.of(topic.valueSerde()))
                                .withTimestampExtractor(TallyViewTopology::nonDecreasingTimestamp)
                                .withName("read-" + store),
                        Materialized.<K, V, KeyValueStore<Bytes, byte[]>>as(store)
                                .withKeySerde(topic.keySerde())
                                .withValueSerde(topic.valueSerde())
                                // The sequence number must not be visible before the tally.
                                .withCachingDisabled())
                .toStream(Named.as("follow-" + store))
                .process(follower, Named.as("note-" + store), SEQUENCES_STORE);
    }

    /**
     * The last record wins, whatever its timestamp: an expiry carries the wall clock, a transaction its commit time.
     */
    private static long nonDecreasingTimestamp(ConsumerRecord<Object, Object> record, long partitionTime) {
        return Math.max(record.timestamp(), partitionTime);
    }
}
