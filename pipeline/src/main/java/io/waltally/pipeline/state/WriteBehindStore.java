package io.waltally.pipeline.state;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps entries as objects in front of a logged store of bytes, which it shares with the other stores of its task: the
 * keys there begin with the name of this store and a zero byte. Changes are written to that store and its changelog
 * when the task commits: an entry that is added and removed between two commits is never written, and no entry is
 * written more than once. Up to a limit of entries all of them are here, and the shared store is not read. Beyond the
 * limit this is a write buffer and a cache, which is flushed when it is full and before each iteration.
 *
 * <p>Kafka Streams calls {@link #flushCache()} before each commit, as it does for its own caches. Entries are ordered
 * by their serialized keys. Not thread-safe. The store must not be changed while one of its iterators is open.
 */
final class WriteBehindStore<K, V> implements KeyValueStore<K, V>, CachedStateStore<K, V> {
    private final String name;
    private final Function<StateStoreContext, KeyValueStore<Bytes, byte[]>> sharedStore;
    private final Serde<K> keys;
    private final Serde<V> values;
    private final int limit;

    /** Begins the key of each entry in the shared store. */
    private final byte[] prefix;

    /** Is greater than all keys that begin with the prefix, and less than those of other stores that follow them. */
    private final Bytes end;

    private final NavigableMap<Bytes, Slot<K, V>> slots = new TreeMap<>();
    private final Map<Bytes, Slot<K, V>> changed = new LinkedHashMap<>();

    private @Nullable StateStoreContext context;
    private @Nullable KeyValueStore<Bytes, byte[]> below;
    private boolean open;
    private boolean loaded;

    /** Whether this holds all entries, so that the shared store need not be read. */
    private boolean complete;

    /** Number of live entries here, without tombstones. */
    private int present;

    /** Number of tombstones: removed entries that may exist in the shared store. */
    private int removedBelow;

    /**
     * @param sharedStore finds the shared store of a task, in one of its processors
     * @param limit number of entries to keep here
     */
    WriteBehindStore(
            String name,
            Function<StateStoreContext, KeyValueStore<Bytes, byte[]>> sharedStore,
            Serde<K> keys,
            Serde<V> values,
            int limit) {
        this.name = name;
        this.sharedStore = sharedStore;
        this.keys = keys;
        this.values = values;
        this.limit = limit;
        byte[] characters = name.getBytes(StandardCharsets.UTF_8);
        this.prefix = Arrays.copyOf(characters, characters.length + 1);
        byte[] last = prefix.clone();
        last[characters.length] = 1;
        this.end = Bytes.wrap(last);
    }

    @Override
    public String name() {
        return name;
    }

    /** The shared store may be initialized later than this one, so it is not looked up yet. */
    @Override
    public void init(StateStoreContext context, StateStore root) {
        clearCache();
        this.context = context;
        this.below = null;
        this.open = true;
        context.register(root, (key, value) -> {
            throw new IllegalStateException(name + " has no changelog of its own");
        });
    }

    /** The entries are in the shared store. */
    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        clearCache();
        open = false;
    }

    @Override
    public @Nullable V get(K key) {
        load();
        Bytes bytes = keyBytes(key);
        Slot<K, V> slot = slots.get(bytes);
        if (slot == null && !complete) {
            byte[] value = below().get(below(bytes));
            slot = new Slot<>(key, value == null ? null : value(value), value != null);
            keep(bytes, slot);
        }
        return slot == null ? null : slot.value;
    }

    @Override
    public void put(K key, @Nullable V value) {
        load();
        Bytes bytes = keyBytes(key);
        Slot<K, V> slot = slots.get(bytes);
        if (slot == null) {
            slot = new Slot<>(key, null, !complete);
        }
        count(slot, value);
        slot.value = value;
        if (value == null && !slot.below) {
            slots.remove(bytes);
            changed.remove(bytes);
        } else {
            changed.put(bytes, slot);
            keep(bytes, slot);
        }
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        V before = get(key);
        if (before == null) {
            put(key, value);
        }
        return before;
    }

    @Override
    public void putAll(List<KeyValue<K, V>> entries) {
        entries.forEach(entry -> put(entry.key, entry.value));
    }

    @Override
    public @Nullable V delete(K key) {
        V before = get(key);
        put(key, null);
        return before;
    }

    @Override
    public KeyValueIterator<K, V> range(@Nullable K from, @Nullable K to) {
        Bytes first = from == null ? null : keyBytes(from);
        Bytes last = to == null ? null : keyBytes(to);
        if (readable()) {
            NavigableMap<Bytes, Slot<K, V>> tail = first == null ? slots : slots.tailMap(first, true);
            return new Entries<>(tail, key -> last == null || key.compareTo(last) <= 0);
        }
        return new EntriesBelow(
                below().range(first == null ? Bytes.wrap(prefix) : below(first), last == null ? end : below(last)));
    }

    @Override
    public KeyValueIterator<K, V> all() {
        return range(null, null);
    }

    @Override
    public <S extends Serializer<P>, P> KeyValueIterator<K, V> prefixScan(P start, S serializer) {
        byte[] bytes = serializer.serialize(name, start);
        if (readable()) {
            return new Entries<>(slots.tailMap(Bytes.wrap(bytes), true), key -> startsWith(key.get(), bytes));
        }
        return new EntriesBelow(below().prefixScan(below(Bytes.wrap(bytes)), new BytesSerializer()));
    }

    /** Exact while all entries are here; otherwise includes those of other stores. */
    @Override
    public long approximateNumEntries() {
        load();
        return complete ? present : below().approximateNumEntries();
    }

    /** Writes the changes to the shared store. */
    @Override
    public void flushCache() {
        write();
        if (loaded && !complete && removedBelow >= limit) {
            reload();
        }
    }

    @Override
    public void clearCache() {
        slots.clear();
        changed.clear();
        loaded = false;
    }

    @Override
    public boolean setFlushListener(CacheFlushListener<K, V> listener, boolean sendOldValues) {
        return false;
    }

    private void count(Slot<K, V> slot, @Nullable V value) {
        if (slot.value == null && value != null) {
            present++;
        } else if (slot.value != null && value == null) {
            present--;
        }
        if (value == null && slot.below && !complete) {
            removedBelow++;
        }
    }

    private void keep(Bytes key, Slot<K, V> slot) {
        if (slots.put(key, slot) == null && slots.size() > limit) {
            write();
            slots.clear();
            present = 0;
            complete = false;
        }
    }

    /** Loads all entries from the shared store, unless that was tried before. */
    private void load() {
        if (!loaded) {
            loaded = true;
            reload();
        }
    }

    /**
     * Loads all entries from the shared store if there are no more than the limit. Expects that no entry here has
     * changes.
     */
    private void reload() {
        slots.clear();
        removedBelow = 0;
        try (KeyValueIterator<Bytes, byte[]> all = below().range(Bytes.wrap(prefix), end)) {
            complete = true;
            while (all.hasNext() && complete) {
                KeyValue<Bytes, byte[]> entry = all.next();
                complete = slots.size() < limit;
                Bytes key = above(entry.key);
                slots.put(key, new Slot<>(key(key), value(entry.value), true));
            }
        }
        if (!complete) {
            slots.clear();
        }
        present = slots.size();
    }

    /** True if all entries are here; false if all of them are in the shared store. */
    private boolean readable() {
        load();
        if (!complete) {
            write();
        }
        return complete;
    }

    private void write() {
        if (changed.isEmpty()) {
            return;
        }
        List<KeyValue<Bytes, byte[]>> changes = new ArrayList<>(changed.size());
        changed.forEach((key, slot) -> {
            changes.add(KeyValue.pair(below(key), slot.value == null ? null : valueBytes(slot.value)));
            slot.below = slot.value != null;
            if (slot.value == null) {
                slots.remove(key);
            }
        });
        changed.clear();
        below().putAll(changes);
    }

    private KeyValueStore<Bytes, byte[]> below() {
        if (below == null) {
            below = sharedStore.apply(context);
        }
        return below;
    }

    /** The key in the shared store. */
    private Bytes below(Bytes key) {
        byte[] bytes = Arrays.copyOf(prefix, prefix.length + key.get().length);
        System.arraycopy(key.get(), 0, bytes, prefix.length, key.get().length);
        return Bytes.wrap(bytes);
    }

    /** The key of this store. */
    private Bytes above(Bytes key) {
        return Bytes.wrap(Arrays.copyOfRange(key.get(), prefix.length, key.get().length));
    }

    private Bytes keyBytes(K key) {
        return Bytes.wrap(keys.serializer().serialize(name, key));
    }

    private byte[] valueBytes(V value) {
        return values.serializer().serialize(name, value);
    }

    private K key(Bytes key) {
        return keys.deserializer().deserialize(name, key.get());
    }

    private V value(byte[] value) {
        return values.deserializer().deserialize(name, value);
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    /**
     * A cached entry. {@code value} is null for a tombstone; {@code below} says whether the shared store may have the
     * key.
     */
    private static final class Slot<K, V> {
        private final K key;
        private @Nullable V value;
        private boolean below;

        Slot(K key, @Nullable V value, boolean below) {
            this.key = key;
            this.value = value;
            this.below = below;
        }
    }

    /** Iterates over the entries here. */
    private static final class Entries<K, V> implements KeyValueIterator<K, V> {
        private final Iterator<Map.Entry<Bytes, Slot<K, V>>> slots;
        private final Predicate<Bytes> within;
        private @Nullable KeyValue<K, V> next;

        /** @param within holds for keys from the first one on, up to the end */
        Entries(NavigableMap<Bytes, Slot<K, V>> slots, Predicate<Bytes> within) {
            this.slots = slots.entrySet().iterator();
            this.within = within;
            advance();
        }

        private void advance() {
            next = null;
            boolean inside = true;
            while (next == null && inside && slots.hasNext()) {
                Map.Entry<Bytes, Slot<K, V>> entry = slots.next();
                Slot<K, V> slot = entry.getValue();
                inside = within.test(entry.getKey());
                if (inside && slot.value != null) {
                    next = KeyValue.pair(slot.key, slot.value);
                }
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public KeyValue<K, V> next() {
            KeyValue<K, V> entry = peek();
            advance();
            return entry;
        }

        @Override
        public K peekNextKey() {
            return peek().key;
        }

        private KeyValue<K, V> peek() {
            if (next == null) {
                throw new NoSuchElementException();
            }
            return next;
        }

        @Override
        public void close() {
            next = null;
        }
    }

    /** Iterates over entries in the shared store. */
    private final class EntriesBelow implements KeyValueIterator<K, V> {
        private final KeyValueIterator<Bytes, byte[]> entries;

        EntriesBelow(KeyValueIterator<Bytes, byte[]> entries) {
            this.entries = entries;
        }

        @Override
        public boolean hasNext() {
            return entries.hasNext();
        }

        @Override
        public KeyValue<K, V> next() {
            KeyValue<Bytes, byte[]> entry = entries.next();
            return KeyValue.pair(key(above(entry.key)), value(entry.value));
        }

        @Override
        public K peekNextKey() {
            return key(above(entries.peekNextKey()));
        }

        @Override
        public void close() {
            entries.close();
        }
    }
}
