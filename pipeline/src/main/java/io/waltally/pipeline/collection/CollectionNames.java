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
 * The names of collections, and the offset up to which their topic was read. Available on every instance. Names are
 * stored by collection id, because the record key is written with the table's schema.
 */
final class CollectionNames {
    private static final String STORE = "collection-names";
    private static final String NAME_OF = "name-of-";
    private static final String NEXT_OFFSET_OF = "next-offset-of-";

    private final KeyValueStore<String, String> store;

    private CollectionNames(KeyValueStore<String, String> store) {
        this.store = store;
    }

    /** The store, to be added as a global store that its topic restores. */
    static StoreBuilder<KeyValueStore<String, String>> store() {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.String())
                .withLoggingDisabled();
    }

    static CollectionNames in(ProcessingContext context) {
        return new CollectionNames(context.getStateStore(STORE));
    }

    /** The name of a collection, or null if it has none. */
    @Nullable
    String of(int collectionId) {
        return store.get(NAME_OF + collectionId);
    }

    /** @param name null if the collection was deleted */
    void put(int collectionId, @Nullable String name) {
        store.put(NAME_OF + collectionId, name);
    }

    void readTo(String partition, long nextOffset) {
        store.put(NEXT_OFFSET_OF + partition, Long.toString(nextOffset));
    }

    /** Whether the store holds every record of the topic that the watermark covers. */
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
