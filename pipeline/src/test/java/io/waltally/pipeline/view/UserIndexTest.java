package io.waltally.pipeline.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.junit.jupiter.api.Test;

class UserIndexTest {
    private static final long SEED = Long.getLong("waltally.seed", System.nanoTime());

    private final Map<Long, Long> store = new TreeMap<>();
    private final UserIndex index = new UserIndex();

    @Test
    void itListsWhatTheStoreHasInBothOrdersWhateverChanges() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        // Given
        for (int i = 0; i < 5_000; i++) {
            change(random);
        }
        index.fill(() -> {
            Iterable<KeyValue<UserKey, ValueAndTimestamp<UserStorage>>> all = all();
            // What changes while it is read is not in what is read.
            for (int i = 0; i < 500; i++) {
                change(random);
            }
            return iterator(all.iterator());
        });
        for (int round = 0; round < 20; round++) {
            // When
            for (int i = 0; i < 1_000; i++) {
                change(random);
            }
            index.fill(() -> {
                throw new AssertionError("read twice");
            });
            // Then
            for (UserOrder order : UserOrder.values()) {
                assertThat(listed(order, List.of(IdRange.ALL), 1 + random.nextInt(700)))
                        .isEqualTo(expected(order, id -> true));
                List<IdRange> ranges = List.of(new IdRange(-7, -2), new IdRange(3, 3), new IdRange(100, 2_000));
                assertThat(listed(order, ranges, 1 + random.nextInt(50)))
                        .isEqualTo(
                                expected(order, id -> (id >= -7 && id <= -2) || id == 3 || (id >= 100 && id <= 2_000)));
            }
            assertThat(index.totals())
                    .isEqualTo(new UserTotals(
                            store.size(),
                            BigInteger.valueOf(store.values().stream()
                                    .mapToLong(Long::longValue)
                                    .sum()),
                            false));
        }
    }

    @Test
    void aUserWhoseTallyCannotBeReadIsNotListed() {
        put(5, 7L);
        List<KeyValue<UserKey, ValueAndTimestamp<UserStorage>>> all = new ArrayList<>();
        all.add(new KeyValue<>(new UserKey(4L), null));
        all().forEach(all::add);
        // When
        index.fill(() -> iterator(all.iterator()));
        // Then
        assertThat(index.totals()).isEqualTo(new UserTotals(1, BigInteger.valueOf(7), false));
    }

    @Test
    void theFirstAndLastOfAllNumbersHaveTheirPlaces() {
        List<Long> ids = List.of(Long.MIN_VALUE, Long.MIN_VALUE + 1, 0L, Long.MAX_VALUE - 1, Long.MAX_VALUE);
        ids.forEach(id -> put(id, id == 0 ? Long.MAX_VALUE : 0L));
        index.fill(() -> iterator(all().iterator()));
        for (UserOrder order : UserOrder.values()) {
            assertThat(listed(order, List.of(IdRange.ALL), 1)).isEqualTo(expected(order, id -> true));
        }
    }

    @Test
    void aReadingThatFailsIsBegunAgain() {
        put(1, 1L);
        assertThatThrownBy(() -> index.fill(() -> {
                    throw new InvalidStateStoreException("the partition is leaving");
                }))
                .isInstanceOf(InvalidStateStoreException.class);
        put(2, 2L);
        index.fill(() -> iterator(all().iterator()));
        assertThat(index.totals()).isEqualTo(new UserTotals(2, BigInteger.valueOf(3), false));
    }

    @Test
    void aSumBeyondLongsIsKeptAndComesBack() {
        put(1, Long.MAX_VALUE);
        index.fill(() -> iterator(all().iterator()));
        put(2, 1L);
        assertThat(index.totals())
                .isEqualTo(new UserTotals(2, BigInteger.valueOf(Long.MAX_VALUE).add(BigInteger.ONE), false));
        put(1, 1L);
        assertThat(index.totals()).isEqualTo(new UserTotals(2, BigInteger.TWO, false));
    }

    @Test
    void totalsAreDegradedAsLongAsOneUserIs() {
        index.fill(() -> iterator(all().iterator()));
        UserStorage degraded = storage(5, true);
        index.put(1, degraded);
        index.put(2, storage(5));
        assertThat(index.totals()).isEqualTo(new UserTotals(2, BigInteger.TEN, true));
        index.put(1, storage(6));
        assertThat(index.totals().degraded()).isFalse();
        index.put(2, degraded);
        index.put(2, null);
        assertThat(index.totals()).isEqualTo(new UserTotals(1, BigInteger.valueOf(6), false));
    }

    @Test
    void aPartitionThatMovesWithinTheInstanceKeepsTheIndexOfItsNewTask() {
        UserIndexes indexes = new UserIndexes();
        UserIndex before = indexes.open(3);
        UserIndex after = indexes.open(3);
        indexes.close(3, before);
        assertThat(indexes.of(3)).isSameAs(after);
        indexes.close(3, after);
        assertThatThrownBy(() -> indexes.of(3)).isInstanceOf(InvalidStateStoreException.class);
    }

    @Test
    void totalsOfAllPartitionsAreKnownOnceAllAreRead() {
        UserIndexes indexes = new UserIndexes();
        assertThat(indexes.totals()).isEmpty();
        put(1, 3L);
        for (int partition = 0; partition < 2; partition++) {
            UserIndex opened = indexes.open(partition);
            assertThat(indexes.totals()).isEmpty();
            opened.fill(() -> iterator(all().iterator()));
        }
        assertThat(indexes.totals()).contains(new UserTotals(2, BigInteger.valueOf(6), false));
    }

    private void change(Random random) {
        long id = random.nextInt(4_000) - 500L;
        put(id, random.nextInt(4) == 0 ? null : (long) random.nextInt(50));
    }

    private void put(long id, Long bytes) {
        if (bytes == null) {
            store.remove(id);
        } else {
            store.put(id, bytes);
        }
        index.put(id, bytes == null ? null : storage(bytes));
    }

    private static UserStorage storage(long bytes) {
        return storage(bytes, false);
    }

    private static UserStorage storage(long bytes, boolean degraded) {
        return new UserStorage(1L, bytes, 1, 0L, new LastChange("sync", 0, 1L, 2L, Instant.EPOCH), degraded);
    }

    private Iterable<KeyValue<UserKey, ValueAndTimestamp<UserStorage>>> all() {
        return store.entrySet().stream()
                .map(user ->
                        KeyValue.pair(new UserKey(user.getKey()), ValueAndTimestamp.make(storage(user.getValue()), 0)))
                .toList();
    }

    private static <K, V> KeyValueIterator<K, V> iterator(Iterator<KeyValue<K, V>> entries) {
        return new KeyValueIterator<>() {
            @Override
            public void close() {}

            @Override
            public K peekNextKey() {
                throw new UnsupportedOperationException();
            }

            @Override
            public boolean hasNext() {
                return entries.hasNext();
            }

            @Override
            public KeyValue<K, V> next() {
                return entries.next();
            }
        };
    }

    /** Page by page. */
    private List<UserSortKey> listed(UserOrder order, List<IdRange> ids, int limit) {
        List<UserSortKey> all = new ArrayList<>();
        List<UserSortKey> page = new ArrayList<>();
        do {
            Optional<UserSortKey> after = all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
            page.clear();
            new UserSelection(order, ids, after).forEach(index::from, limit, place -> {
                page.add(place);
                return page.size() < limit;
            });
            all.addAll(page);
        } while (page.size() == limit);
        return all;
    }

    private List<UserSortKey> expected(UserOrder order, LongPredicate wanted) {
        return store.entrySet().stream()
                .filter(user -> wanted.test(user.getKey()))
                .map(user -> new UserSortKey(user.getValue(), user.getKey()))
                .sorted(order.places())
                .toList();
    }
}
