package io.waltally.pipeline.state;

import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Keeps the entries of all state stores in memory, and writes no changelogs. The driver of topologies commits after each
 * record, and each commit writes an offset to each store on disk; and it looks up each record of a changelog among the
 * source topics.
 */
public class StoresInMemory extends SharedStoresBuilder {
    public StoresInMemory(TopologyConfig config, Map<String, String> sharedStores) {
        super(config, sharedStores);
    }

    @Override
    public synchronized StreamsBuilder addStateStore(StoreBuilder<?> builder) {
        return super.addStateStore(builder.withLoggingDisabled());
    }

    @Override
    StoreBuilder<KeyValueStore<Bytes, byte[]>> sharedStore(KeyValueBytesStoreSupplier onDisk) {
        return super.sharedStore(Stores.inMemoryKeyValueStore(onDisk.name())).withLoggingDisabled();
    }
}
