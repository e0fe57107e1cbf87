package io.waltally.pipeline.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.WrappedStateStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WriteBehindStoreTest {
    private static final int OPERATIONS = 20_000;

    private final Below below = new Below();
    private WriteBehindStore<String, Integer> store = open(4);

    @Test
    void entriesAddedAndDeletedBetweenCommitsAreNotWritten() {
        for (int i = 0; i < 3; i++) {
            store.put("a" + i, i);
            assertThat(store.delete("a" + i)).isEqualTo(i);
        }
        store.put("b", 1);
        store.put("b", 2);
        assertThat(below.written).isEmpty();
        store.flushCache();
        store.flushCache();
        assertThat(below.written).containsExactly("b=2");
    }

    @Test
    void deleteOfAWrittenEntryIsWrittenOnce() {
        store.put("a", 1);
        store.flushCache();
        store.delete("a");
        assertThat(store.get("a")).isNull();
        store.flushCache();
        store.delete("a");
        store.flushCache();
        assertThat(below.written).containsExactly("a=1", "a=null");
    }

    @Test
    void whileAllEntriesFitTheStoreBelowIsReadOnce() {
        store.put("a", 1);
        store.flushCache();
        int reads = below.reads;
        assertThat(store.get("b")).isNull();
        store.put("b", 2);
        assertThat(entries(store.all())).containsExactly("a=1", "b=2");
        store.delete("a");
        assertThat(store.approximateNumEntries()).isOne();
        assertThat(below.reads).isEqualTo(reads);
    }

    @Test
    void storeIsNotReadAgainAfterEntriesFitIntoMemory() {
        IntStream.range(0, 20).forEach(i -> store.put("a" + i, i));
        IntStream.range(0, 18).forEach(i -> store.delete("a" + i));
        store.flushCache();
        int reads = below.reads;
        assertThat(store.get("a3")).isNull();
        assertThat(entries(store.all())).containsExactly("a18=18", "a19=19");
        assertThat(below.reads).isEqualTo(reads);
    }

    @Test
    void whatWasNotWrittenIsLostWithItsTask() {
        store.put("a", 1);
        store.flushCache();
        store.put("a", 2);
        store.put("b", 2);
        store.clearCache();
        assertThat(entries(store.all())).containsExactly("a=1");
        store.put("b", 3);
        store = open(4);
        assertThat(store.get("a")).isEqualTo(1);
        assertThat(store.get("b")).isNull();
    }

    /** Also after it was written, and opened again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 30, 1000})
    void anyOperationsAreThoseOfAMap(int limit) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        store = open(limit);
        NavigableMap<String, Integer> expected = new TreeMap<>();
        for (int i = 0; i < OPERATIONS; i++) {
            // Waves of many and of few entries.
            int keys = i / 1000 % 2 == 0 ? 60 : 6;
            String key = key(random, keys);
            String what = "seed " + seed + ", operation " + i;
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> {
                    store.put(key, i);
                    expected.put(key, i);
                }
                case 3 -> assertThat(store.delete(key)).as(what).isEqualTo(expected.remove(key));
                case 4, 5 -> {
                    store.put(key, null);
                    expected.remove(key);
                }
                case 6 -> assertThat(store.putIfAbsent(key, i)).as(what).isEqualTo(expected.putIfAbsent(key, i));
                case 7 -> assertThat(entries(store.all())).as(what).isEqualTo(entries(expected));
                case 8 -> {
                    String last = key(random, 60);
                    assertThat(entries(store.range(key, last)))
                            .as(what)
                            .isEqualTo(
                                    key.compareTo(last) <= 0
                                            ? entries(expected.subMap(key, true, last, true))
                                            : List.of());
                }
                case 9 -> {
                    String prefix = key.substring(0, 1);
                    assertThat(entries(store.prefixScan(prefix, new StringSerializer())))
                            .as(what)
                            .isEqualTo(entries(expected.subMap(prefix, prefix + '~')));
                }
                case 10 -> {
                    store.flushCache();
                    assertThat(below.entries()).as(what).isEqualTo(entries(expected));
                    if (random.nextInt(10) == 0) {
                        store = open(limit);
                    }
                }
                default -> assertThat(store.get(key)).as(what).isEqualTo(expected.get(key));
            }
        }
    }

    private static String key(Random random, int keys) {
        return Integer.toString(random.nextInt(keys), 36);
    }

    private WriteBehindStore<String, Integer> open(int limit) {
        WriteBehindStore<String, Integer> opened =
                new WriteBehindStore<>("entries", context -> below, Serdes.String(), Serdes.Integer(), limit);
        opened.init(new MockProcessorContext<>().getStateStoreContext(), opened);
        return opened;
    }

    private static List<String> entries(Map<String, Integer> map) {
        return map.entrySet().stream().map(Objects::toString).toList();
    }

    private static List<String> entries(KeyValueIterator<String, Integer> iterator) {
        List<String> entries = new ArrayList<>();
        try (iterator) {
            while (iterator.hasNext()) {
                String next = iterator.peekNextKey();
                KeyValue<String, Integer> entry = iterator.next();
                assertThat(entry.key).isEqualTo(next);
                entries.add(entry.key + "=" + entry.value);
            }
        }
        return entries;
    }

    /** A shared store that records how often it is read, and what is written to it. Has entries of other stores, too. */
    private static final class Below extends WrappedStateStore<KeyValueStore<Bytes, byte[]>, Bytes, byte[]>
            implements KeyValueStore<Bytes, byte[]> {
        private static final List<String> OTHERS = List.of("entrie\0s", "entries-\0", "entries2\0a", "f\0b");

        private final List<String> written = new ArrayList<>();
        private int reads;

        Below() {
            super(Stores.inMemoryKeyValueStore("shared").get());
            OTHERS.forEach(other -> wrapped().put(Bytes.wrap(other.getBytes(UTF_8)), new byte[] {1, 2, 3, 4}));
        }

        List<String> entries() {
            List<String> entries = new ArrayList<>();
            Set<String> others = new HashSet<>();
            try (KeyValueIterator<Bytes, byte[]> all = wrapped().all()) {
                all.forEachRemaining(entry -> {
                    String key = new String(entry.key.get(), UTF_8);
                    if (OTHERS.contains(key)) {
                        others.add(key);
                    } else {
                        entries.add(text(entry.key, entry.value));
                    }
                });
            }
            assertThat(others).containsExactlyInAnyOrderElementsOf(OTHERS);
            return entries;
        }

        private static String text(Bytes key, byte @Nullable [] value) {
            String text = new String(key.get(), UTF_8);
            assertThat(text).startsWith("entries\0");
            return text.substring("entries\0".length()) + "="
                    + (value == null ? null : Serdes.Integer().deserializer().deserialize("", value));
        }

        @Override
        public void put(Bytes key, byte[] value) {
            putAll(List.of(KeyValue.pair(key, value)));
        }

        @Override
        public byte[] putIfAbsent(Bytes key, byte[] value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
            entries.forEach(entry -> written.add(text(entry.key, entry.value)));
            wrapped().putAll(entries);
        }

        @Override
        public byte[] delete(Bytes key) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] get(Bytes key) {
            reads++;
            return wrapped().get(key);
        }

        @Override
        public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
            reads++;
            return wrapped().range(from, to);
        }

        @Override
        public KeyValueIterator<Bytes, byte[]> all() {
            reads++;
            return wrapped().all();
        }

        @Override
        public <S extends Serializer<P>, P> KeyValueIterator<Bytes, byte[]> prefixScan(P prefix, S serializer) {
            reads++;
            return wrapped().prefixScan(prefix, serializer);
        }

        @Override
        public long approximateNumEntries() {
            return wrapped().approximateNumEntries();
        }
    }
}
