package io.waltally.pipeline.view;

import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;

/**
 * The committed tallies that this instance has: of all backends and buckets, and of the users in its partitions.
 *
 * <p>Every method throws {@link InvalidStateStoreException} while the instance starts or gives partitions away.
 */
public final class Tallies {
    private final TopicCatalogue topics;
    private final Stores stores;

    public Tallies(TopicCatalogue topics, KafkaStreams streams) {
        this(topics, new Stores() {
            @Override
            public <K, V> ReadOnlyKeyValueStore<K, ValueAndTimestamp<V>> store(String name) {
                return streams.store(
                        StoreQueryParameters.fromNameAndType(name, QueryableStoreTypes.timestampedKeyValueStore()));
            }

            @Override
            public ReadOnlyKeyValueStore<String, Long> sequences(int partition) {
                return streams.store(StoreQueryParameters.fromNameAndType(
                                TallyViewTopology.SEQUENCES_STORE, QueryableStoreTypes.<String, Long>keyValueStore())
                        .withPartition(partition));
            }
        });
    }

    /** For tallies that are kept by something else than {@link KafkaStreams}, such as a test driver. */
    public Tallies(TopicCatalogue topics, Stores stores) {
        this.topics = topics;
        this.stores = stores;
    }

    public Optional<BackendQuota> backend(String name) {
        return get(TallyViewTopology.BACKEND_QUOTAS_STORE, new BackendKey(name));
    }

    /** All backends, by name. */
    public SortedMap<String, BackendQuota> backends() {
        SortedMap<String, BackendQuota> backends = new TreeMap<>();
        ReadOnlyKeyValueStore<BackendKey, ValueAndTimestamp<BackendQuota>> store =
                stores.store(TallyViewTopology.BACKEND_QUOTAS_STORE);
        try (KeyValueIterator<BackendKey, ValueAndTimestamp<BackendQuota>> all = store.all()) {
            all.forEachRemaining(entry -> backends.put(entry.key.getBackendName(), entry.value.value()));
        }
        return backends;
    }

    /** What a backend used, by month. */
    public SortedMap<String, BackendUsage> usage(String backend) {
        SortedMap<String, BackendUsage> periods = new TreeMap<>();
        ReadOnlyKeyValueStore<BackendPeriodKey, ValueAndTimestamp<BackendUsage>> store =
                stores.store(TallyViewTopology.BACKEND_USAGE_STORE);
        byte[] prefix = beginning(topics.backendUsage(), new BackendPeriodKey(backend, ""));
        try (KeyValueIterator<BackendPeriodKey, ValueAndTimestamp<BackendUsage>> of =
                store.prefixScan(prefix, new ByteArraySerializer())) {
            of.forEachRemaining(entry -> periods.put(entry.key.getPeriod(), entry.value.value()));
        }
        return periods;
    }

    public Optional<BucketUsage> bucket(String name) {
        return get(TallyViewTopology.BUCKET_USAGE_STORE, new BucketKey(name));
    }

    /** The collections of a user that are shown, by id. */
    public SortedMap<Integer, UserCollection> collections(long userId) {
        SortedMap<Integer, UserCollection> collections = new TreeMap<>();
        ReadOnlyKeyValueStore<UserCollectionKey, ValueAndTimestamp<UserCollection>> store =
                stores.store(TallyViewTopology.USER_COLLECTIONS_STORE);
        byte[] prefix = beginning(topics.userCollections(), new UserCollectionKey(userId, 0));
        try (KeyValueIterator<UserCollectionKey, ValueAndTimestamp<UserCollection>> of =
                store.prefixScan(prefix, new ByteArraySerializer())) {
            of.forEachRemaining(entry -> collections.put(entry.key.getCollectionId(), entry.value.value()));
        }
        return collections;
    }

    public Optional<UserStorage> storage(long userId) {
        return get(TallyViewTopology.USER_STORAGE_STORE, new UserKey(userId));
    }

    /**
     * Whether all records of users up to these are in the answers.
     *
     * @param sequences of records in that partition, by topic
     */
    public boolean reached(int partition, Map<String, Long> sequences) {
        ReadOnlyKeyValueStore<String, Long> read = stores.sequences(partition);
        return sequences.entrySet().stream()
                .allMatch(written -> Objects.requireNonNullElse(read.get(written.getKey()), 0L) >= written.getValue());
    }

    private <K, V> Optional<V> get(String store, K key) {
        return Optional.ofNullable(
                ValueAndTimestamp.getValueOrNull(stores.<K, V>store(store).get(key)));
    }

    /**
     * What all keys begin with that share the first column of this one, whose second column is zero or empty. Avro writes
     * either as one byte, at the end, and no value of a first column is a prefix of another.
     */
    private static <K extends SpecificRecord> byte[] beginning(Topic<K, ?> topic, K key) {
        byte[] bytes = topic.keySerde().serializer().serialize(topic.name(), key);
        return Arrays.copyOf(bytes, bytes.length - 1);
    }

    /** Where the stores are. */
    public interface Stores {
        /** @throws InvalidStateStoreException if the store cannot be read now */
        <K, V> ReadOnlyKeyValueStore<K, ValueAndTimestamp<V>> store(String name);

        /** By topic, how far the partition was read. */
        ReadOnlyKeyValueStore<String, Long> sequences(int partition);
    }
}
