package io.waltally.sinks.tally;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The net effect of consecutive records: one change per key, in key order, deletions first. Batch boundaries do not
 * affect the result.
 */
final class TallyBatch<K extends Comparable<? super K>, V> {
    private final Function<V, TallyPosition> position;
    private final Set<K> deleted = new TreeSet<>();
    private final TreeMap<K, V> written = new TreeMap<>();

    TallyBatch(Function<V, TallyPosition> position) {
        this.position = position;
    }

    /**
     * Adds the next record of a key. An older tally does not replace a newer one; between tallies of the same position
     * the later record holds.
     *
     * @param value null for a tombstone
     */
    void add(K key, @Nullable V value) {
        if (value == null) {
            deleted.add(key);
            written.remove(key);
        } else {
            written.merge(
                    key,
                    value,
                    (before, after) -> position.apply(after).compareTo(position.apply(before)) < 0 ? before : after);
        }
    }

    /** Keys whose rows are deleted; some of them may be written again. */
    Collection<K> deleted() {
        return Collections.unmodifiableSet(deleted);
    }

    /** The tallies to write. */
    Map<K, V> written() {
        return Collections.unmodifiableMap(written);
    }

    Collection<K> changedKeys() {
        Set<K> changedKeys = new TreeSet<>(deleted);
        changedKeys.addAll(written.keySet());
        return changedKeys;
    }
}
