package io.waltally.pipeline.state;

import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Entries of a store that a transaction leaves and its end takes away. What was taken away before lies in the store as
 * tombstones, until it is compacted: with each end walking over those of all the others, many small transactions would
 * take the time of a large one each. So their keys are known here, unless they are many.
 *
 * @param <K> sorts as its serialized form does, if it matters in what order entries are taken away
 */
public final class OpenEntries<K extends Comparable<? super K>, V> {
    private static final int MOST_KNOWN = 10_000;

    private final KeyValueStore<K, V> store;
    private final Supplier<KeyValueIterator<K, V>> all;

    /** Null while they are not known: before the first end, since a crash may have left some, and when they are many. */
    private @Nullable NavigableSet<K> keys;

    /** @param all of these entries in the store */
    public OpenEntries(KeyValueStore<K, V> store, Supplier<KeyValueIterator<K, V>> all) {
        this.store = store;
        this.all = all;
    }

    public @Nullable V get(K key) {
        return keys == null || keys.contains(key) ? store.get(key) : null;
    }

    /** @param value null removes it */
    public void put(K key, @Nullable V value) {
        store.put(key, value);
        if (keys == null) {
            return;
        }
        if (value == null) {
            keys.remove(key);
        } else if (keys.add(key) && keys.size() > MOST_KNOWN) {
            keys = null;
        }
    }

    /** Removes all, one by one, in the order of their keys. */
    public void drain(BiConsumer<K, V> action) {
        if (keys == null) {
            Batches.drain(all, (key, value) -> {
                store.delete(key);
                action.accept(key, value);
            });
        } else {
            keys.forEach(key -> action.accept(key, store.delete(key)));
        }
        keys = new TreeSet<>();
    }
}
