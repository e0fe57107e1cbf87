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
 * The agg topics, read back into stores for queries.
 *
 * <p>The stores in which tallies are kept are no source for answers: they show what a Kafka transaction wrote before it
 * is committed, and keep showing it for a while if it is aborted. What is read back from a topic under read_committed is
 * committed, and is what every other consumer sees. Backends and buckets are few, so every instance has all of them, and
 * no task. Collections and users are many: they are partitioned by user, as in syncstorage's topics, and a store is
 * rebuilt from its agg topic without a changelog of its own.
 */
public final class TallyViewTopology {
    static final String BACKEND_QUOTAS_STORE = "committed-backend-quotas";
    static final String BACKEND_USAGE_STORE = "committed-backend-usage";
    static final String BUCKET_USAGE_STORE = "committed-bucket-usage";
    static final String USER_COLLECTIONS_STORE = "committed-user-collections";
    static final String USER_STORAGE_STORE = "committed-user-storage";

    /** By topic, how far the partitioned tallies of a task have been read. */
    static final String SEQUENCES_STORE = "committed-sequences";

    private final TopicCatalogue topics;

    public TallyViewTopology(TopicCatalogue topics) {
        this.topics = topics;
    }

    public void addTo(StreamsBuilder builder) {
        everywhere(builder, topics.backendQuotas(), BACKEND_QUOTAS_STORE);
        everywhere(builder, topics.backendUsage(), BACKEND_USAGE_STORE);
        everywhere(builder, topics.bucketUsage(), BUCKET_USAGE_STORE);
        builder.addStateStore(StateStores.inMemory(SEQUENCES_STORE, Serdes.String(), Serdes.Long()));
        partitioned(builder, topics.userCollections(), USER_COLLECTIONS_STORE);
        partitioned(builder, topics.userStorage(), USER_STORAGE_STORE);
    }

    private static <K extends SpecificRecord, V> void everywhere(
            StreamsBuilder builder, Topic<K, V> topic, String store) {
        builder.globalTable(topic.name(), consumed(topic, store), stored(topic, store));
    }

    private static <K extends SpecificRecord, V> void partitioned(
            StreamsBuilder builder, Topic<K, V> topic, String store) {
        builder.table(
                        topic.name(),
                        consumed(topic, store).withTimestampExtractor(TallyViewTopology::neverBack),
                        // Its sequence must not be seen before it is.
                        TallyViewTopology.<K, V>stored(topic, store).withCachingDisabled())
                .toStream(Named.as("follow-" + store))
                .process(() -> new NoteSequence<>(topic.name()), Named.as("note-" + store), SEQUENCES_STORE);
    }

    /** The last record is the valid one, whatever its time: an expiry is as late as the wall clock, a commit is not. */
    private static long neverBack(ConsumerRecord<Object, Object> record, long partitionTime) {
        return Math.max(record.timestamp(), partitionTime);
    }

    private static <K, V> Consumed<K, V> consumed(Topic<K, V> topic, String store) {
        return Consumed.with(topic.keySerde(), topic.valueSerde()).withName("read-" + store);
    }

    private static <K, V> Materialized<K, V, KeyValueStore<Bytes, byte[]>> stored(Topic<K, V> topic, String store) {
        return Materialized.<K, V, KeyValueStore<Bytes, byte[]>>as(store)
                .withKeySerde(topic.keySerde())
                .withValueSerde(topic.valueSerde());
    }
}
