package io.waltally.pipeline.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With a replication factor of 2 and a grace period of ten minutes. */
class ReplicaTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");
    private static final Duration GRACE = Duration.ofMinutes(10);

    private final PipelineDriver pipeline = new PipelineDriver(PipelineDriver.replicating(2, GRACE), NOON);
    private final ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
    private int read;

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void anObjectWithTooFewCopiesIsCountedOnceItsGracePeriodIsOver() {
        // Given
        store.put("photos/a", "b1", 100);
        store.put("docs/a", "b1", 100);
        store.replicate("docs/a", "b2");
        // When
        read();
        passUntil(GRACE.minusSeconds(1));
        // Then
        assertThat(photos()).isEqualTo("0 under, 0 over");
        // When
        passUntil(GRACE.plusSeconds(1));
        // Then
        assertThat(photos()).isEqualTo("1 under, 0 over");
        assertThat(counts("docs")).isEqualTo("0 under, 0 over");
    }

    @Test
    void expiryOfTheGracePeriodKeepsLastChange() {
        // Given
        store.put("photos/a", "b1", 100);
        read();
        BucketUsage before = usage("photos");
        // When
        passUntil(GRACE.plusSeconds(1));
        // Then
        assertThat(usage("photos")).isNotEqualTo(before);
        assertThat(usage("photos").getLastChange()).isEqualTo(before.getLastChange());
    }

    @Test
    void aReplicaThatFollowsWithinTheGracePeriodLeavesNothingToCount() {
        // Given
        store.put("photos/a", "b1", 100);
        store.log.wait(GRACE.minusSeconds(1));
        store.replicate("photos/a", "b2");
        // When
        read();
        passUntil(GRACE.plusSeconds(1));
        // Then
        assertThat(everCounted()).containsOnly("0 under, 0 over");
    }

    @Test
    void aReplicaThatFollowsLateTakesTheObjectBackWithItsTransaction() {
        // Given
        store.put("photos/a", "b1", 100);
        read();
        passUntil(GRACE.plusSeconds(1));
        store.log.wait(GRACE.plusSeconds(2));
        store.replicate("photos/a", "b2");
        // When
        read();
        // Then
        assertThat(everCounted()).endsWith("1 under, 0 over", "0 under, 0 over");
        assertThat(usage("photos").getLastChange().getTransactionId())
                .isEqualTo(store.log.watermark().getTransactionId());
    }

    @Test
    void anObjectWithTooManyCopiesIsOverReplicatedUntilTheExcessGoes() {
        // Given
        store.put("photos/a", "b1", 100);
        store.replicate("photos/a", "b2", "b3");
        read();
        // When
        passUntil(GRACE.plusSeconds(1));
        // Then
        assertThat(photos()).isEqualTo("0 under, 1 over");
        // When
        store.removeExcessCopy("photos/a");
        read();
        // Then
        assertThat(photos()).isEqualTo("0 under, 0 over");
    }

    @Test
    void fromTooFewCopiesToTooManyAnotherGracePeriodBegins() {
        // Given
        store.put("photos/a", "b1", 100);
        read();
        passUntil(GRACE.plusSeconds(1));
        store.log.wait(GRACE.plusSeconds(2));
        // When
        store.replicate("photos/a", "b2", "b3");
        read();
        // Then
        assertThat(photos()).isEqualTo("0 under, 0 over");
        // When
        passUntil(GRACE.multipliedBy(2).plusSeconds(3));
        // Then
        assertThat(photos()).isEqualTo("0 under, 1 over");
    }

    @Test
    void moreCopiesThatAreStillTooFewDoNotBeginTheGracePeriodAgain() {
        try (PipelineDriver three = new PipelineDriver(PipelineDriver.replicating(3, GRACE), NOON)) {
            // Given
            ObjectStoreModel of = new ObjectStoreModel(three.topics, NOON);
            of.put("photos/a", "b1", 100);
            of.log.wait(GRACE.minusSeconds(5));
            of.replicate("photos/a", "b2");
            // When
            three.readAll(of.log);
            three.advanceTo(NOON.plus(GRACE).plusSeconds(1));
            three.endTransaction();
            // Then
            BucketUsage usage = three.last(three.topics.bucketUsage()).get(new BucketKey("photos"));
            assertThat(usage.getUnderReplicated()).isEqualTo(1);
        }
    }

    @Test
    void anOverwriteThatLeavesTooFewCopiesAsBeforeDoesNotBeginTheGracePeriodAgain() {
        // Given
        store.put("photos/a", "b1", 100);
        store.log.wait(GRACE.minusSeconds(5));
        store.put("photos/a", "b2", 150);
        // When
        read();
        passUntil(GRACE.plusSeconds(1));
        // Then
        assertThat(photos()).isEqualTo("1 under, 0 over");
    }

    @Test
    void anOverwriteThatLeavesFewerCopiesThanBeforeBeginsOne() {
        // Given
        store.put("photos/a", "b1", 100);
        store.replicate("photos/a", "b2");
        read();
        passUntil(GRACE);
        store.log.wait(GRACE);
        store.put("photos/a", "b1", 150);
        read();
        // When
        passUntil(GRACE.multipliedBy(2).minusSeconds(1));
        // Then
        assertThat(photos()).isEqualTo("0 under, 0 over");
        // When
        passUntil(GRACE.multipliedBy(2).plusSeconds(1));
        // Then
        assertThat(photos()).isEqualTo("1 under, 0 over");
    }

    @Test
    void anOverwriteNeverShowsTheMomentBetweenItsDeleteAndItsInsert() {
        // Given
        store.put("photos/a", "b1", 100);
        read();
        passUntil(GRACE.plusSeconds(1));
        store.put("photos/a", "b2", 150);
        // When: punctuations come after each record
        unread().forEach(entry -> {
            pipeline.read(List.of(entry));
            pipeline.endTransaction();
        });
        // Then
        assertThat(everCounted()).containsExactly("0 under, 0 over", "1 under, 0 over", "1 under, 0 over");
    }

    @Test
    void anObjectThatIsDeletedLeavesAtOnce() {
        // Given
        store.put("photos/a", "b1", 100);
        store.put("photos/b", "b1", 100);
        read();
        passUntil(GRACE.plusSeconds(1));
        assertThat(photos()).isEqualTo("2 under, 0 over");
        // When
        store.delete(List.of("photos/a"));
        read();
        // Then
        assertThat(photos()).isEqualTo("1 under, 0 over");
        // When
        store.truncateObjects();
        read();
        // Then
        assertThat(pipeline.last(pipeline.topics.bucketUsage())).isEmpty();
        passUntil(GRACE.multipliedBy(3));
        assertThat(pipeline.last(pipeline.topics.bucketUsage())).isEmpty();
    }

    @Test
    void anObjectThatIsMadeAgainBeginsAgain() {
        // Given
        store.put("photos/a", "b1", 100);
        store.log.wait(GRACE.minusSeconds(5));
        store.delete(List.of("photos/a"));
        store.put("photos/a", "b1", 100);
        // When
        read();
        passUntil(GRACE.plusSeconds(1));
        // Then
        assertThat(photos()).isEqualTo("0 under, 0 over");
    }

    @Test
    void snapshotDoesNotRestartTheGracePeriod() {
        // Given
        store.put("photos/a", "b1", 100);
        store.log.wait(GRACE.minusSeconds(5));
        store.snapshot();
        read();
        // When
        passUntil(GRACE.plusSeconds(1));
        store.snapshot();
        read();
        // Then
        assertThat(everCounted()).containsExactly("0 under, 0 over", "1 under, 0 over");
    }

    @Test
    void aReplayCountsNoObjectAgain() {
        // Given
        store.put("photos/a", "b1", 100);
        store.put("photos/b", "b1", 100);
        store.replicate("photos/b", "b2", "b3");
        read();
        passUntil(GRACE.plusSeconds(1));
        List<String> before = everCounted();
        assertThat(photos()).isEqualTo("1 under, 1 over");
        // When
        pipeline.readAll(store.log);
        passUntil(GRACE.multipliedBy(3));
        // Then
        assertThat(everCounted()).isEqualTo(before);
    }

    @Test
    void reprocessingThroughIntermediateStatesKeepsTheStartOfDeviations() {
        // Given: read again up to the move, the object has its copies on b1 and b3
        store.put("photos/a", "b1", 100);
        store.replicate("photos/a", "b2");
        store.log.wait(Duration.ofSeconds(10));
        store.removeCopy("photos/a", "b2");
        store.log.wait(GRACE.minusSeconds(5));
        store.move("photos/a", "b1", "b3");
        read();
        // When
        pipeline.readAll(store.log);
        passUntil(GRACE.plusSeconds(11));
        // Then
        assertThat(photos()).isEqualTo("1 under, 0 over");
    }

    @Test
    void aReplayThatTakesLongerThanTheGracePeriodEndsInTheSameCounts() {
        // Given
        store.put("photos/a", "b1", 100);
        store.put("photos/b", "b1", 100);
        store.replicate("photos/a", "b2");
        store.removeExcessCopy("photos/a");
        store.move("photos/a", "b2", "b3");
        store.replicate("photos/b", "b2");
        store.delete(List.of("photos/b"));
        store.put("docs/c", "b1", 100);
        store.replicate("docs/c", "b2");
        read();
        passUntil(GRACE.plusSeconds(1));
        assertThat(photos()).isEqualTo("1 under, 0 over");
        // When
        for (CapturedLog.Entry<?, ?> entry : store.log.entries()) {
            pipeline.read(List.of(entry));
            pipeline.advance(GRACE.dividedBy(3));
        }
        pipeline.endTransaction();
        // Then
        assertThat(photos()).isEqualTo("1 under, 0 over");
        assertThat(counts("docs")).isEqualTo("0 under, 0 over");
    }

    @Test
    void aGracePeriodMayEndWhileAReplayShowsItsBucketEmpty() {
        // Given
        store.put("photos/a", "b1", 100);
        store.delete(List.of("photos/a"));
        store.put("photos/a", "b1", 100);
        int end = store.log.entries().size();
        read();
        // When: it ends between the delete and the insert
        pipeline.read(store.log.entries().subList(0, end - 3));
        pipeline.endTransaction();
        assertThat(pipeline.last(pipeline.topics.bucketUsage())).isEmpty();
        passUntil(GRACE.plusMillis(500));
        pipeline.read(store.log.entries().subList(end - 3, end));
        pipeline.endTransaction();
        // Then
        assertThat(photos()).isEqualTo("1 under, 0 over");
    }

    @Test
    void aTransactionThatIsReadLateIsClassifiedWithTheNextOneOrAfterTheGracePeriod() {
        // Given
        store.put("photos/a", "b1", 100);
        int before = store.log.entries().size();
        store.replicate("photos/a", "b2");
        List<CapturedLog.Entry<?, ?>> late =
                store.log.entries().subList(before, store.log.entries().size());
        int after = store.log.entries().size();
        store.put("docs/a", "b1", 100);
        pipeline.read(store.log.entries().subList(0, before));
        pipeline.read(store.log.entries().subList(after, store.log.entries().size()));
        passUntil(GRACE.plusSeconds(1));
        assertThat(photos()).isEqualTo("1 under, 0 over");
        // When
        pipeline.read(late);
        passUntil(GRACE.multipliedBy(2).plusSeconds(3));
        // Then
        assertThat(photos()).isEqualTo("0 under, 0 over");
    }

    @Test
    void byDefaultOneCopyIsEnoughAndASecondTooMany() {
        try (PipelineDriver byDefault = new PipelineDriver(NOON)) {
            // Given
            ObjectStoreModel of = new ObjectStoreModel(byDefault.topics, NOON);
            of.put("photos/a", "b1", 100);
            of.put("photos/b", "b1", 100);
            of.replicate("photos/b", "b2");
            // When
            byDefault.readAll(of.log);
            byDefault.advanceTo(NOON.plus(Duration.ofMinutes(11)));
            byDefault.endTransaction();
            // Then
            BucketUsage usage = byDefault.last(byDefault.topics.bucketUsage()).get(new BucketKey("photos"));
            assertThat(usage.getUnderReplicated()).isZero();
            assertThat(usage.getOverReplicated()).isEqualTo(1);
        }
    }

    private List<CapturedLog.Entry<?, ?>> unread() {
        List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
        List<CapturedLog.Entry<?, ?>> unread = entries.subList(read, entries.size());
        read = entries.size();
        return unread;
    }

    private void read() {
        pipeline.read(unread());
        pipeline.endTransaction();
    }

    private void passUntil(Duration afterNoon) {
        pipeline.advanceTo(NOON.plus(afterNoon).minusSeconds(1));
        for (int i = 0; i < 4; i++) {
            pipeline.advance(Duration.ofMillis(250));
        }
    }

    private String photos() {
        return counts("photos");
    }

    private String counts(String bucket) {
        return text(usage(bucket));
    }

    private BucketUsage usage(String bucket) {
        return pipeline.last(pipeline.topics.bucketUsage()).get(new BucketKey(bucket));
    }

    /** Of the bucket photos, in every value that was written. */
    private List<String> everCounted() {
        return pipeline.written(pipeline.topics.bucketUsage()).stream()
                .filter(record -> record.key().getBucket().equals("photos"))
                .map(record -> text(record.value()))
                .toList();
    }

    private static String text(BucketUsage usage) {
        return usage.getUnderReplicated() + " under, " + usage.getOverReplicated() + " over";
    }
}
