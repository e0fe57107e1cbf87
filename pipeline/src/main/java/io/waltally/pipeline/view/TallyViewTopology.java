package io.waltally.pipeline.view;

import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The tallies of users, read back into stores for queries.
 *
 * <p>The stores in which tallies are kept are no source for answers: they show what a Kafka transaction wrote before it
 * is committed, and keep showing it for a while if it is aborted. What is read back from a topic under read_committed is
 * committed, and is what every other consumer sees. Users are many, so an instance has some of them, partitioned as
 * syncstorage's topics are, and a store is rebuilt from its agg topic without a changelog of its own.
 */
public final class TallyViewTopology {
    static final String USER_COLLECTIONS_STORE = "committed-user-collections";
    static final String USER_STORAGE_STORE = "committed-user-storage";

    /** By topic, how far it was read. */
    static final String SEQUENCES_STORE = "committed-sequences";

    private final TopicCatalogue topics;

    public TallyViewTopology(TopicCatalogue topics) {
        this.topics = topics;
    }

    public void addTo(StreamsBuilder builder) {
        builder.addStateStore(StateStores.queryable(SEQUENCES_STORE, Serdes.String(), Serdes.Long()));
        addTo(builder, topics.userCollections(), USER_COLLECTIONS_STORE);
        addTo(builder, topics.userStorage(), USER_STORAGE_STORE);
    }

    private static <K extends SpecificRecord, V> void addTo(StreamsBuilder builder, Topic<K, V> topic, String store) {
        builder.table(
                        topic.name(),
                        Consumed.with(topic.keySerde(), topic.valueSerde())
                                .withTimestampExtractor(TallyViewTopology::neverBack)
                                .withName("read-" + store),
                        Materialized.<K, V, KeyValueStore<Bytes, byte[]>>as(store)
                                .withKeySerde(topic.keySerde())
                                .withValueSerde(topic.valueSerde())
                                // Its sequence must not be seen before it is.
                                .withCachingDisabled())
                .toStream(Named.as("follow-" + store))
                .process(() -> new NoteSequence<>(topic.name()), Named.as("note-" + store), SEQUENCES_STORE);
    }

    /** The last record is the valid one, whatever its time: an expiry is as late as the wall clock, a commit is not. */
    private static long neverBack(ConsumerRecord<Object, Object> record, long partitionTime) {
        return Math.max(record.timestamp(), partitionTime);
    }
}
