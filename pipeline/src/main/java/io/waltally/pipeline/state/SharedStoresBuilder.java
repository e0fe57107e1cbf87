package io.waltally.pipeline.state;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Builds topologies in which all write-behind stores of a sub-topology write to one store on disk with one changelog:
 * a commit then touches one partition instead of one for each store that changed, and a start opens one database.
 */
public class SharedStoresBuilder extends StreamsBuilder {
    private final Map<String, String> sharedStores;
    private final Map<String, WriteBehindStoreBuilder<?, ?>> stores = new HashMap<>();

    /** @param sharedStores name of the shared store of a sub-topology, by the name of one store that writes to it */
    public SharedStoresBuilder(TopologyConfig config, Map<String, String> sharedStores) {
        super(config);
        this.sharedStores = Map.copyOf(sharedStores);
    }

    /** Names of the stores that have no changelog of their own, because they write to a shared store. */
    public synchronized Set<String> sharedStoreMembers() {
        return Set.copyOf(stores.keySet());
    }

    @Override
    public synchronized StreamsBuilder addStateStore(StoreBuilder<?> builder) {
        if (builder instanceof WriteBehindStoreBuilder<?, ?> store) {
            stores.put(store.name(), store);
        }
        return super.addStateStore(builder);
    }

    @Override
    public synchronized Topology build(Properties properties) {
        Topology topology = super.build(properties);
        for (TopologyDescription.Subtopology subtopology : topology.describe().subtopologies()) {
            List<TopologyDescription.Processor> processors = subtopology.nodes().stream()
                    .filter(TopologyDescription.Processor.class::isInstance)
                    .map(TopologyDescription.Processor.class::cast)
                    .filter(processor -> processor.stores().stream().anyMatch(stores::containsKey))
                    .toList();
            if (!processors.isEmpty()) {
                share(topology, processors);
            }
        }
        return topology;
    }

    private void share(Topology topology, List<TopologyDescription.Processor> processors) {
        Set<String> members = new TreeSet<>();
        processors.forEach(processor -> members.addAll(processor.stores()));
        members.retainAll(stores.keySet());
        String shared = members.stream()
                .filter(sharedStores::containsKey)
                .map(sharedStores::get)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no shared store is named for any of " + members));
        members.forEach(member -> stores.get(member).writeTo(shared));
        topology.addStateStore(
                sharedStore(Stores.persistentKeyValueStore(shared)),
                processors.stream().map(TopologyDescription.Node::name).toArray(String[]::new));
    }

    /** A test may build another one. */
    StoreBuilder<KeyValueStore<Bytes, byte[]>> sharedStore(KeyValueBytesStoreSupplier onDisk) {
        return Stores.keyValueStoreBuilder(onDisk, Serdes.Bytes(), Serdes.ByteArray());
    }
}
