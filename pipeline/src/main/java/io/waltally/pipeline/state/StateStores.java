package io.waltally.pipeline.state;

import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The kinds of state stores in use. Those that are not queryable write behind, to the store that their sub-topology
 * shares ({@link SharedStoresBuilder}). A key is logged once per commit, however often it changed, and never if it was
 * added and removed between two commits.
 *
 * <p>Each store is added to the builder once and connected to its processors by name, which puts them into one
 * sub-topology. (Stores of several {@code ProcessorSupplier.stores()} do not.)
 */
public final class StateStores {
    /** Entries of a store on disk that a task keeps as objects: about a megabyte. */
    private static final int ENTRIES_IN_MEMORY = 4_096;

    private StateStores() {}

    /**
     * For state that grows with the applications' rows or with a transaction. Is read from disk only if it has many
     * entries.
     */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> onDisk(String name, Serde<K> keys, Serde<V> values) {
        return new WriteBehindStoreBuilder<>(name, keys, values, ENTRIES_IN_MEMORY);
    }

    /** For state that stays small, and is in memory as a whole: a few entries per backend, bucket or partition. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> inMemory(String name, Serde<K> keys, Serde<V> values) {
        return new WriteBehindStoreBuilder<>(name, keys, values, Integer.MAX_VALUE);
    }

    /** For small state that interactive queries read from their own threads. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> queryable(String name, Serde<K> keys, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
                .withCachingEnabled();
    }
}
