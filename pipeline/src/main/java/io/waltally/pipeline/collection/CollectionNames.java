package io.waltally.pipeline.collection;

import io.waltally.schemas.control.Watermark;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * The names of collections on every instance, and up to which offsets their topic was read. By id, not by the key as it
 * lies in the topic: that one is written with the table's schema, not with ours.
 */
final class CollectionNames {
    private static final String STORE = "collection-names";
    private static final String NAME_OF = "name-of-";
    private static final String NEXT_OFFSET_OF = "next-offset-of-";

    private final KeyValueStore<String, String> store;

    private CollectionNames(KeyValueStore<String, String> store) {
        this.store = store;
    }

    /** For a global store, which its topic restores. */
    static StoreBuilder<KeyValueStore<String, String>> store() {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.String())
                .withLoggingDisabled();
    }

    static CollectionNames in(ProcessingContext context) {
        return new CollectionNames(context.getStateStore(STORE));
    }

    /** Null if it has none. */
    @Nullable
    String of(int collectionId) {
        return store.get(NAME_OF + collectionId);
    }

    /** @param name null if there is no such collection any more */
    void put(int collectionId, @Nullable String name) {
        store.put(NAME_OF + collectionId, name);
    }

    void readTo(String partition, long nextOffset) {
        store.put(NEXT_OFFSET_OF + partition, Long.toString(nextOffset));
    }

    /** Whether the names hold everything that the watermark says of their topic. */
    boolean reached(Watermark watermark, String topic) {
        return watermark.getOffsets().entrySet().stream()
                .filter(end -> end.getValue() > 0
                        && end.getKey().startsWith(topic + "-")
                        && end.getKey().lastIndexOf('-') == topic.length())
                .allMatch(this::reached);
    }

    private boolean reached(Map.Entry<String, Long> end) {
        String read = store.get(NEXT_OFFSET_OF + end.getKey());
        return read != null && Long.parseLong(read) >= end.getValue();
    }
}
