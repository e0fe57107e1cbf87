package io.waltally.pipeline.state;

import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Keeps the entries of all state stores in memory, and writes no changelogs. The driver of topologies commits after each
 * record, and each commit writes an offset to each store on disk; and it looks up each record of a changelog among the
 * source topics.
 */
public final class StoresInMemory extends StreamsBuilder {
    public StoresInMemory(TopologyConfig config) {
        super(config);
    }

    @Override
    public synchronized StreamsBuilder addStateStore(StoreBuilder<?> builder) {
        if (builder instanceof WriteBehindStoreBuilder<?, ?> store) {
            return super.addStateStore(
                    store.above(Stores.inMemoryKeyValueStore(store.name())).withLoggingDisabled());
        }
        return super.addStateStore(builder.withLoggingDisabled());
    }
}
