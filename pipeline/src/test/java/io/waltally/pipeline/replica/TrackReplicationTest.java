package io.waltally.pipeline.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.NonTransactionalEvent;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.Timestamps;
import io.waltally.pipeline.row.TransactionEnd;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.pipeline.table.Copies;
import io.waltally.pipeline.table.Copy;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.pipeline.tally.Measure;
import io.waltally.pipeline.tally.TallyDelta;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The processor alone, on stores that outlive it. */
class TrackReplicationTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration GRACE = Duration.ofMinutes(10);

    private final KeyValueStore<String, Copies> objects =
            store(ObjectStoreRows.OBJECTS_STORE, Serdes.String(), Copies.SERDE);
    private final List<KeyValueStore<?, ?>> stores = List.of(
            objects,
            store(ReplicaTopology.DEVIATING_STORE, Serdes.String(), Deviation.SERDE),
            store(ReplicaTopology.UNCOUNTED_STORE, Deviations.Beginning.SERDE, Serdes.ByteArray()),
            store(ReplicaTopology.CHANGED_STORE, Serdes.String(), ReplicationStatus.SERDE),
            store(ReplicaTopology.TRACKING_STORE, Serdes.String(), ReplicationTracking.SERDE));
    private final List<TallyDelta> moved = new ArrayList<>();

    private MockProcessorContext<TallySubject, TallyDelta> context = new MockProcessorContext<>();
    private TrackReplication watch = new TrackReplication(new Replication(1, GRACE), Duration.ofSeconds(1));
    private boolean opened;
    private long sequence;

    @Test
    void anObjectThatBeganToDeviateBeforeTheLastOneThatWasCountedIsCountedToo() {
        // Given
        start(2);
        change(NOON, "photos/a", 1);
        passTo(NOON.plus(GRACE.multipliedBy(6)));
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
        // When
        change(NOON.plusSeconds(1), "photos/late", 1);
        passTo(NOON.plus(GRACE.multipliedBy(6)).plusSeconds(1));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(2);
    }

    @Test
    void aRestartCountsNoObjectAgainAndForgetsNone() {
        // Given
        start(2);
        change(NOON, "photos/a", 1);
        passTo(NOON.plus(GRACE));
        change(NOON.plus(GRACE), "photos/b", 1);
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
        // When
        start(2);
        passTo(NOON.plus(GRACE).plusSeconds(1));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
        // When
        passTo(NOON.plus(GRACE.multipliedBy(2)));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(2);
    }

    @Test
    void aRestartInTheMiddleOfATransactionForgetsNothingOfIt() {
        // Given
        start(2);
        change(NOON, "photos/a", 1);
        passTo(NOON.plus(GRACE));
        change("photos/a", 2);
        change("photos/b", 1);
        // When
        start(2);
        end(NOON.plus(GRACE));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isZero();
        // When
        passTo(NOON.plus(GRACE.multipliedBy(2)));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
    }

    @Test
    void theClockIsTheLaterOfPunctuationsAndCommitsAndNeverGoesBack() {
        // Given
        start(2);
        change(NOON, "photos/a", 1);
        change(NOON.plusSeconds(60), "photos/b", 1);
        passTo(NOON.plus(GRACE));
        // When
        change(NOON.plus(GRACE).plusSeconds(60), "docs/c", 2);
        passTo(NOON.plus(GRACE).plusSeconds(1));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(2);
        // When: the other machine's clock is an hour late
        change(NOON.plusSeconds(30), "docs/d", 1);
        start(2);
        passTo(NOON.minusSeconds(3_600));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(3);
    }

    @Test
    void deviationReadLateStartsWhenItIsRead() {
        // Given
        start(2);
        change(NOON, "photos/a", 2);
        change(NOON.plusSeconds(5), "photos/b", 2);
        // When
        sequence = 0;
        change(NOON, "photos/a", 1);
        passTo(NOON.plus(GRACE).plusSeconds(4));
        passTo(NOON.plus(GRACE).plusSeconds(5));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
    }

    @Test
    void reprocessingWithoutTheLastTransactionKeepsTheCounts() {
        // Given
        start(2);
        change(NOON, "photos/a", 0);
        change(NOON, "photos/a", 1);
        change(NOON, "photos/b", 2);
        passTo(NOON.plus(GRACE));
        // When
        sequence = 0;
        change(NOON, "photos/a", 0);
        passTo(NOON.plus(GRACE.multipliedBy(3)));
        change(NOON, "photos/a", 1);
        sequence = 3;
        change(NOON.plus(GRACE.multipliedBy(3)), "photos/c", 1);
        passTo(NOON.plus(GRACE.multipliedBy(3)).plusSeconds(1));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
    }

    @Test
    void aChangedFactorReevaluatesAllObjects() {
        // Given
        start(1);
        change(NOON, "photos/one", 1);
        change(NOON, "photos/two", 2);
        change(NOON, "photos/three", 3);
        passTo(NOON.plus(GRACE));
        assertThat(counted(Measure.OVER_REPLICATED)).isEqualTo(2);
        // When
        start(2);
        passTo(NOON.plus(GRACE).plusSeconds(1));
        // Then
        assertThat(counted(Measure.OVER_REPLICATED)).isEqualTo(1);
        assertThat(counted(Measure.UNDER_REPLICATED)).isZero();
        // When
        passTo(NOON.plus(GRACE.multipliedBy(2)).plusSeconds(1));
        // Then
        assertThat(counted(Measure.OVER_REPLICATED)).isEqualTo(1);
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
    }

    @Test
    void aFactorThatChangesInTheMiddleOfATransactionHoldsForAllOfIt() {
        // Given
        start(1);
        change("photos/two", 2);
        // When
        start(2);
        passTo(NOON);
        end(NOON);
        passTo(NOON.plus(GRACE).plusSeconds(1));
        // Then
        assertThat(counted(Measure.OVER_REPLICATED)).isZero();
        assertThat(counted(Measure.UNDER_REPLICATED)).isZero();
    }

    @Test
    void aReplayedRecordInTheMiddleOfATransactionIsNotForgottenAtItsEnd() {
        // Given
        start(2);
        change("photos/a", 1);
        // When
        objects.put("photos/a", copies(2));
        process(
                "photos/a",
                new RowChange<>(copies(1), copies(2), new Position(1, sequence), true, new NonTransactionalEvent(null)),
                NOON);
        end(NOON);
        passTo(NOON.plus(GRACE).plusSeconds(1));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isZero();
    }

    @Test
    void objectDeletedAfterAFactorChangeIsNoLongerCounted() {
        // Given
        start(2);
        change(NOON, "photos/a", 1);
        passTo(NOON.plus(GRACE));
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
        // When
        start(1);
        change(NOON.plus(GRACE), "photos/a", 0);
        passTo(NOON.plus(GRACE).plusSeconds(1));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isZero();
    }

    @Test
    void objectsThatWereThereBeforeTheirReplicasWereWatchedAreClassified() {
        // Given
        start(2);
        change("photos/a", 1);
        stores.subList(1, stores.size()).forEach(TrackReplicationTest::clear);
        // When
        start(2);
        passTo(NOON);
        passTo(NOON.plus(GRACE));
        // Then
        assertThat(counted(Measure.UNDER_REPLICATED)).isEqualTo(1);
    }

    @Test
    void aPunctuationDealsWithSoManyObjectsAndTheNextOneGoesOn() {
        // Given
        start(1);
        IntStream.range(0, 25_000).forEach(i -> change("photos/" + i, 2));
        end(NOON);
        // When
        passTo(NOON.plus(GRACE));
        // Then
        assertThat(counted(Measure.OVER_REPLICATED)).isEqualTo(10_000);
        // When
        passTo(NOON.plus(GRACE));
        passTo(NOON.plus(GRACE));
        // Then
        assertThat(counted(Measure.OVER_REPLICATED)).isEqualTo(25_000);
        // When
        start(2);
        for (int i = 0; i < 3; i++) {
            passTo(NOON.plus(GRACE));
        }
        // Then
        assertThat(counted(Measure.OVER_REPLICATED)).isZero();
    }

    @Test
    void punctuationWithoutChangesForwardsNothing() {
        // Given
        start(2);
        change(NOON, "photos/a", 1);
        collect();
        moved.clear();
        // When
        passTo(NOON.plusSeconds(1));
        // Then
        collect();
        assertThat(moved).isEmpty();
    }

    /** Also again, as after a restart. */
    private void start(int factor) {
        collect();
        context = new MockProcessorContext<>();
        for (KeyValueStore<?, ?> store : stores) {
            if (!opened) {
                store.init(context.getStateStoreContext(), store);
            }
            context.addStateStore(store);
        }
        opened = true;
        watch = new TrackReplication(new Replication(factor, GRACE), Duration.ofSeconds(1));
        watch.init(context);
    }

    /** A transaction of its own. */
    private void change(Instant committedAt, String objectKey, int copies) {
        change(objectKey, copies);
        end(committedAt);
    }

    private void change(String objectKey, int copies) {
        Copies after = copies(copies);
        Copies before = objects.get(objectKey);
        objects.put(objectKey, after);
        process(objectKey, new RowChange<>(before, after, new Position(1, sequence), false, null), NOON);
    }

    private void end(Instant committedAt) {
        Commit commit = new Commit(Source.S3, 1, new Lsn(sequence + 1), sequence + 1, Timestamps.micros(committedAt));
        process(null, new TransactionEnd<>(new Position(1, sequence), commit), committedAt);
        sequence++;
    }

    private void process(@Nullable String objectKey, RowEvent<Copies> event, Instant time) {
        watch.process(new Record<>(objectKey, event, time.toEpochMilli()));
    }

    private static @Nullable Copies copies(int count) {
        return count == 0
                ? null
                : new Copies(IntStream.range(0, count)
                        .mapToObj(i -> new Copy("b" + i, 100, 100, "", 0))
                        .toList());
    }

    private void passTo(Instant time) {
        context.scheduledPunctuators()
                .forEach(scheduled -> scheduled.getPunctuator().punctuate(time.toEpochMilli()));
    }

    private long counted(Measure measure) {
        collect();
        assertThat(moved.get(moved.size() - 1)).isInstanceOf(TallyDelta.End.class);
        return moved.stream()
                .filter(TallyDelta.Delta.class::isInstance)
                .mapToLong(delta -> ((TallyDelta.Delta) delta).amounts().get(measure))
                .sum();
    }

    private void collect() {
        context.forwarded().forEach(forwarded -> moved.add(forwarded.record().value()));
        context.resetForwards();
    }

    private static <K, V> KeyValueStore<K, V> store(String name, Serde<K> keys, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
                .withLoggingDisabled()
                .build();
    }

    private static <K, V> void clear(KeyValueStore<K, V> store) {
        List<K> keys = new ArrayList<>();
        try (var all = store.all()) {
            all.forEachRemaining(entry -> keys.add(entry.key));
        }
        keys.forEach(store::delete);
    }
}
