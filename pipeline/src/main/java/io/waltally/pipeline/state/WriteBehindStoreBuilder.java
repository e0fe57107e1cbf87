package io.waltally.pipeline.state;

import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Builds {@link WriteBehindStore}s. They are always logged, and have no other cache. */
final class WriteBehindStoreBuilder<K, V> implements StoreBuilder<KeyValueStore<K, V>> {
    private final StoreBuilder<KeyValueStore<Bytes, byte[]>> below;
    final Serde<K> keys;
    final Serde<V> values;
    private final int limit;

    /** @param limit number of entries that a store keeps as objects */
    WriteBehindStoreBuilder(KeyValueBytesStoreSupplier below, Serde<K> keys, Serde<V> values, int limit) {
        this.below = Stores.keyValueStoreBuilder(below, Serdes.Bytes(), Serdes.ByteArray());
        this.keys = keys;
        this.values = values;
        this.limit = limit;
    }

    /** A builder of the same store above another one. */
    WriteBehindStoreBuilder<K, V> above(KeyValueBytesStoreSupplier other) {
        return new WriteBehindStoreBuilder<>(other, keys, values, limit);
    }

    @Override
    public KeyValueStore<K, V> build() {
        return new WriteBehindStore<>(below.build(), keys, values, limit);
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withCachingEnabled() {
        return this;
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withCachingDisabled() {
        throw new UnsupportedOperationException(name() + " writes behind");
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withLoggingEnabled(Map<String, String> config) {
        below.withLoggingEnabled(config);
        return this;
    }

    @Override
    public StoreBuilder<KeyValueStore<K, V>> withLoggingDisabled() {
        below.withLoggingDisabled();
        return this;
    }

    @Override
    public Map<String, String> logConfig() {
        return below.logConfig();
    }

    @Override
    public boolean loggingEnabled() {
        return below.loggingEnabled();
    }

    @Override
    public String name() {
        return below.name();
    }
}
