package io.waltally.pipeline.state;

import io.waltally.compatibility.ByteForms;
import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.state.StoreBuilder;

/** Keeps all state stores in memory, as {@link StoresInMemory}, and samples of the keys and values that they write. */
public final class ObservedStores extends StoresInMemory {
    private final ByteForms forms;

    public ObservedStores(TopologyConfig config, Map<String, String> sharedStores, ByteForms forms) {
        super(config, sharedStores);
        this.forms = forms;
    }

    @Override
    public synchronized StreamsBuilder addStateStore(StoreBuilder<?> builder) {
        // The others are those of interactive queries, of texts and numbers.
        return super.addStateStore(builder instanceof WriteBehindStoreBuilder<?, ?> store ? observed(store) : builder);
    }

    private <K, V> StoreBuilder<?> observed(WriteBehindStoreBuilder<K, V> store) {
        return new WriteBehindStoreBuilder<>(
                store.name(),
                observed("key of store " + store.name(), store.keys),
                observed("value of store " + store.name(), store.values),
                Integer.MAX_VALUE);
    }

    private <T> Serde<T> observed(String form, Serde<T> serde) {
        forms.form(
                form,
                value -> serde.serializer().serialize("", value),
                bytes -> serde.deserializer().deserialize("", bytes));
        return Serdes.serdeFrom(
                (topic, value) -> {
                    byte[] bytes = serde.serializer().serialize(topic, value);
                    if (bytes != null) {
                        forms.sample(form, bytes);
                    }
                    return bytes;
                },
                serde.deserializer());
    }
}
