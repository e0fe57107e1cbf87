package io.waltally.pipeline.state;

import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The kinds of store that topologies use. All are logged: a task rebuilds them wherever it goes. A key is logged once per
 * commit, however often it changed, and not at all if it came and went in between.
 *
 * <p>Each is added to the builder once, and named by the processors that use it: they share a task by that. (A store that
 * several {@code ProcessorSupplier.stores()} bring along does not join processors that nothing else joins.)
 */
public final class StateStores {
    /** Of the entries of a store on disk that a task keeps as objects: a megabyte or so. */
    private static final int ENTRIES_IN_MEMORY = 4_096;

    private StateStores() {}

    /** For state that grows with the applications' rows or with a transaction. On disk only if it has many entries. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> onDisk(String name, Serde<K> keys, Serde<V> values) {
        return new WriteBehindStoreBuilder<>(Stores.persistentKeyValueStore(name), keys, values, ENTRIES_IN_MEMORY);
    }

    /** For state that stays small: a few entries per backend, bucket or partition. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> inMemory(String name, Serde<K> keys, Serde<V> values) {
        return new WriteBehindStoreBuilder<>(Stores.inMemoryKeyValueStore(name), keys, values, Integer.MAX_VALUE);
    }

    /** For small state that interactive queries read, from their own threads. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> queryable(String name, Serde<K> keys, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
                .withCachingEnabled();
    }
}
