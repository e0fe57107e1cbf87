package io.waltally.pipeline.state;

import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/** Builds {@link WriteBehindStore}s. They have no changelog; the shared store that they write to has one. */
final class WriteBehindStoreBuilder<K, V> implements StoreBuilder<KeyValueStore<K, V>> {
    private final String name;
    final Serde<K> keys;
    final Serde<V> values;
    private final int limit;
    private @Nullable String sharedStore;

    /** @param limit number of entries that a store keeps as objects */
    WriteBehindStoreBuilder(String name, Serde<K> keys, Serde<V> values, int limit) {
        this.name = name;
        this.keys = keys;
        this.values = values;
        this.limit = limit;
    }

    /** @param store to which the processors of this store are connected, too */
    void writeTo(String store) {
        sharedStore = store;
    }

    @Override
    public KeyValueStore<K, V> build() {
        return new WriteBehindStore<>(name, this::sharedStore, keys, values, limit);
    }

    private KeyValueStore<Bytes, byte[]> sharedStore(StateStoreContext context) {
        return ((ProcessingContext) context).getStateStore(sharedStore);
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withCachingEnabled() {
        return this;
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withCachingDisabled() {
        throw new UnsupportedOperationException(name + " writes behind");
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withLoggingEnabled(Map<String, String> config) {
        throw new UnsupportedOperationException(name + " has no changelog of its own");
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withLoggingDisabled() {
        return this;
    }

    @Override
    public Map<String, String> logConfig() {
        return Map.of();
    }

    @Override
    public boolean loggingEnabled() {
        return false;
    }

    @Override
    public String name() {
        return name;
    }
}
