package io.waltally.pipeline.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Processes the entries of a range. A batch is read before anything is written, because a write
 * may evict entries that an open iterator has not returned, and because a range may not fit into memory.
 */
public final class Batches {
    private static final int SIZE = 1_000;

    private Batches() {}

    /**
     * Removes the entries of a range, in the order of their keys. A batch begins where the one before ended: the
     * tombstones of what was removed lie before it.
     *
     * @param from the first key; null for the first of the store
     * @param to the last key; null for the last of the store
     * @param action must not add entries to the range
     */
    public static <K, V> void drain(
            KeyValueStore<K, V> store, @Nullable K from, @Nullable K to, BiConsumer<K, V> action) {
        K begin = from;
        List<KeyValue<K, V>> batch;
        do {
            K start = begin;
            batch = next(() -> store.range(start, to), SIZE);
            for (KeyValue<K, V> entry : batch) {
                store.put(entry.key, null);
                action.accept(entry.key, entry.value);
                begin = entry.key;
            }
        } while (batch.size() == SIZE);
    }

    /** Removes all entries of a store, in the order of their keys. */
    public static <K, V> void drain(KeyValueStore<K, V> store, BiConsumer<K, V> action) {
        drain(store, null, null, action);
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
