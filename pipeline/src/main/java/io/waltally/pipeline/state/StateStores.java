package io.waltally.pipeline.state;

import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The kinds of store that topologies use. All are logged: a task rebuilds them wherever it goes.
 *
 * <p>Each is added to the builder once, and named by the processors that use it: they share a task by that. (A store that
 * several {@code ProcessorSupplier.stores()} bring along does not join processors that nothing else joins.)
 */
public final class StateStores {
    private StateStores() {}

    /** For state that grows with the applications' rows. The cache writes a key once per commit, however often it changed. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> onDisk(String name, Serde<K> keys, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), keys, values)
                .withCachingEnabled();
    }

    /** For state that stays small: a few entries per backend, bucket or partition. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> inMemory(String name, Serde<K> keys, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
                .withCachingEnabled();
    }

    /** For state that is mostly empty, and is asked all the time. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> rarelyWritten(String name, Serde<K> keys, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values);
    }
}
