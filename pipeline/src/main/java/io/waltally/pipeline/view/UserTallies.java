package io.waltally.pipeline.view;

import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreType;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;

/**
 * The committed tallies of the users in one partition.
 *
 * <p>Every method throws {@link InvalidStateStoreException} while this instance does not have the partition, or has not
 * restored it.
 */
public final class UserTallies {
    private final TopicCatalogue topics;
    private final Stores stores;
    private final UserIndexes indexes;
    private final int partition;

    /** @param indexes of the pipeline that runs */
    public static UserTallies of(TopicCatalogue topics, KafkaStreams streams, UserIndexes indexes, int partition) {
        return new UserTallies(topics, indexes, partition, new Stores() {
            @Override
            public <K, V> ReadOnlyKeyValueStore<K, ValueAndTimestamp<V>> tallies(String name) {
                return store(name, QueryableStoreTypes.<K, V>timestampedKeyValueStore());
            }

            @Override
            public ReadOnlyKeyValueStore<String, Long> sequences() {
                return store(TallyViewTopology.SEQUENCES_STORE, QueryableStoreTypes.<String, Long>keyValueStore());
            }

            private <T> T store(String name, QueryableStoreType<T> type) {
                return streams.store(
                        StoreQueryParameters.fromNameAndType(name, type).withPartition(partition));
            }
        });
    }

    /** For runtimes other than {@link KafkaStreams}, such as a test driver. */
    public UserTallies(TopicCatalogue topics, UserIndexes indexes, int partition, Stores stores) {
        this.topics = topics;
        this.indexes = indexes;
        this.partition = partition;
        this.stores = stores;
    }

    /** The published collections of a user, by id. */
    public NavigableMap<Integer, UserCollection> collections(long userId) {
        NavigableMap<Integer, UserCollection> collections = new TreeMap<>();
        ReadOnlyKeyValueStore<UserCollectionKey, ValueAndTimestamp<UserCollection>> store =
                stores.tallies(TallyViewTopology.USER_COLLECTIONS_STORE);
        try (KeyValueIterator<UserCollectionKey, ValueAndTimestamp<UserCollection>> of =
                store.prefixScan(beginning(userId), new ByteArraySerializer())) {
            of.forEachRemaining(entry -> {
                // Null if its value cannot be read.
                if (entry.value != null) {
                    collections.put(entry.key.getCollectionId(), entry.value.value());
                }
            });
        }
        return collections;
    }

    /**
     * The common prefix of the keys of a user's collections: the key of collection 0 without its id, which Avro writes
     * as one byte at the end. No user's prefix is a prefix of another one's.
     */
    private byte[] beginning(long userId) {
        byte[] bytes = topics.userCollections()
                .keySerde()
                .serializer()
                .serialize(topics.userCollections().name(), new UserCollectionKey(userId, 0));
        return Arrays.copyOf(bytes, bytes.length - 1);
    }

    public Optional<UserStorage> storage(long userId) {
        ReadOnlyKeyValueStore<UserKey, ValueAndTimestamp<UserStorage>> store =
                stores.tallies(TallyViewTopology.USER_STORAGE_STORE);
        return Optional.ofNullable(ValueAndTimestamp.getValueOrNull(store.get(new UserKey(userId))));
    }

    /**
     * Lists users of the partition. The first list of a partition reads all of its users; after that, one costs as much
     * as it has users, and in the order of storage also as the ids that it has to pass over.
     */
    public List<ListedUser> list(UserSelection selection, int limit) {
        UserIndex index = filledIndex();
        ReadOnlyKeyValueStore<UserKey, ValueAndTimestamp<UserStorage>> store =
                stores.tallies(TallyViewTopology.USER_STORAGE_STORE);
        List<ListedUser> users = new ArrayList<>();
        selection.forEach(index::from, limit, place -> {
            UserStorage storage = ValueAndTimestamp.getValueOrNull(store.get(new UserKey(place.userId())));
            if (storage != null) {
                users.add(new ListedUser(place.userId(), storage));
            }
            return users.size() < limit;
        });
        return users;
    }

    /** Sums over all users of the partition. */
    public UserTotals totals() {
        return filledIndex().totals();
    }

    private UserIndex filledIndex() {
        UserIndex index = indexes.of(partition);
        index.fill(() -> stores.<UserKey, UserStorage>tallies(TallyViewTopology.USER_STORAGE_STORE)
                .all());
        return index;
    }

    /**
     * Whether the stores include all records up to these.
     *
     * @param sequences sequence numbers in the partition, by topic
     */
    public boolean reached(Map<String, Long> sequences) {
        ReadOnlyKeyValueStore<String, Long> read = stores.sequences();
        return sequences.entrySet().stream()
                .allMatch(written -> Objects.requireNonNullElse(read.get(written.getKey()), 0L) >= written.getValue());
    }

    /** Access to the stores of the partition. */
    public interface Stores {
        /** @throws InvalidStateStoreException if the store cannot be read now */
        <K, V> ReadOnlyKeyValueStore<K, ValueAndTimestamp<V>> tallies(String name);

        /** The last sequence number that was read, by topic. */
        ReadOnlyKeyValueStore<String, Long> sequences();
    }
}
