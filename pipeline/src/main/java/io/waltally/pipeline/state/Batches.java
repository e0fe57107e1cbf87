package io.waltally.pipeline.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Processes the entries of a range that the action removes. A batch is read before anything is written, because a write
 * may evict entries that an open iterator has not returned, and because a range may not fit into memory.
 */
public final class Batches {
    private static final int SIZE = 1_000;

    private Batches() {}

    /** @param range is read again until it is empty, so the action has to remove every entry it receives */
    public static <K, V> void drain(Supplier<KeyValueIterator<K, V>> range, BiConsumer<K, V> action) {
        List<KeyValue<K, V>> batch;
        do {
            batch = next(range, SIZE);
            batch.forEach(entry -> action.accept(entry.key, entry.value));
        } while (batch.size() == SIZE);
    }

    /** Removes all entries of a store, in the order of their keys. */
    public static <K, V> void drain(KeyValueStore<K, V> store, BiConsumer<K, V> action) {
        drain(store::all, (key, value) -> {
            store.put(key, null);
            action.accept(key, value);
        });
    }

    /** The first entries of a range. */
    public static <K, V> List<KeyValue<K, V>> next(Supplier<KeyValueIterator<K, V>> range, int limit) {
        List<KeyValue<K, V>> batch = new ArrayList<>();
        try (KeyValueIterator<K, V> entries = range.get()) {
            while (batch.size() < limit && entries.hasNext()) {
                batch.add(entries.next());
            }
        }
        return batch;
    }
}
