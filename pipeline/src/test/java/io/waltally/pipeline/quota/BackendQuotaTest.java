package io.waltally.pipeline.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.PipelineConfig;
import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.replica.Replication;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.cdc.BackendUsageKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BackendQuotaTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");
    private static final PipelineConfig CONFIG = new PipelineConfig(
            "waltally",
            1_000,
            PipelineConfig.DEFAULTS.payloadLength(),
            Map.of("b1", new UsageLimits(100, 200, 300)),
            0.8,
            Duration.ofHours(1),
            false,
            Replication.DEFAULT,
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            60);

    private final PipelineDriver pipeline = new PipelineDriver(CONFIG, NOON);
    private final ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void aBackendHasWhatItsRowsSay() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        store.put("photos/b", "b1", 200);
        store.enqueueCleanup("b1", "photos/c", 30);
        store.exhaustCleanup(store.enqueueCleanup("b1", "photos/d", 7));
        String upload = store.startUpload("photos/e", "b1");
        store.uploadPart(upload, 1, 50);
        store.uploadPart(upload, 1, 60);
        // When
        pipeline.readAll(store.log);
        // Then
        BackendQuota quota = pipeline.backend("b1");
        assertThat(quota.getBytesUsed()).isEqualTo(300);
        assertThat(quota.getObjectCount()).isEqualTo(2);
        assertThat(quota.getOrphanBytes()).isEqualTo(37);
        assertThat(quota.getInflightBytes()).isEqualTo(60);
        assertThat(quota.getBytesLimit()).isEqualTo(1_000);
        assertThat(quota.getBytesAvailable()).isEqualTo(1_000 - 300 - 37 - 60);
        assertThat(quota.getUtilization()).isEqualTo(0.337);
    }

    @Test
    void theLastChangeIsTheTransactionThatMovedTheValue() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        long transactionId = store.log.watermark().getTransactionId();
        long lsn = store.log.watermark().getLsn();
        store.log.wait(Duration.ofSeconds(5));
        store.backend("b2", 1_000);
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.backend("b1").getLastChange().getTransactionId()).isEqualTo(transactionId);
        assertThat(pipeline.backend("b1").getLastChange().getLsn()).isEqualTo(lsn);
        assertThat(pipeline.backend("b1").getLastChange().getCommittedAt()).isEqualTo(NOON);
        assertThat(pipeline.backend("b1").getLastChange().getSource()).isEqualTo("s3");
    }

    @Test
    void anUnlimitedBackendHasNoNumberOfBytesAvailable() {
        // Given
        store.backend("b1", 0);
        store.put("photos/a", "b1", 100);
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.backend("b1").getBytesAvailable()).isNull();
        assertThat(pipeline.backend("b1").getUtilization()).isZero();
    }

    @Test
    void aSumBeyondALongIsTheLargestOneAndDegradedUntilItIsLessAgain() {
        // Given
        store.backend("b1", Long.MAX_VALUE);
        store.put("photos/a", "b1", Long.MAX_VALUE);
        store.put("photos/b", "b1", Long.MAX_VALUE);
        store.put("photos/c", "b1", 17);
        pipeline.readAll(store.log);
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(Long.MAX_VALUE);
        assertThat(pipeline.backend("b1").getBytesAvailable()).isEqualTo(Long.MIN_VALUE);
        assertThat(pipeline.backend("b1").getUtilization()).isEqualTo(2);
        assertThat(pipeline.backend("b1").getDegraded()).isTrue();
        // When
        ObjectStoreModel later = new ObjectStoreModel(pipeline.topics, NOON);
        later.put("photos/a", "b1", 1);
        later.put("photos/b", "b1", 2);
        pipeline.readAll(later.log);
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(20);
        assertThat(pipeline.backend("b1").getBytesAvailable()).isEqualTo(Long.MAX_VALUE - 20);
        assertThat(pipeline.backend("b1").getDegraded()).isFalse();
    }

    @Test
    void aBackendIsShownFromItsRowOnAndGoesWithIt() {
        // Given
        store.put("photos/a", "b1", 100);
        pipeline.readAll(store.log);
        assertThat(pipeline.written(pipeline.topics.backendQuotas())).isEmpty();
        ObjectStoreModel later = new ObjectStoreModel(pipeline.topics, NOON);
        later.backend("b1", 500);
        pipeline.readAll(later.log);
        assertThat(pipeline.backend("b1").getBytesUsed()).isEqualTo(100);
        // When
        ObjectStoreModel last = new ObjectStoreModel(pipeline.topics, NOON);
        last.removeBackend("b1");
        pipeline.readAll(last.log);
        // Then
        assertThat(pipeline.last(pipeline.topics.backendQuotas())).isEmpty();
        List<TestRecord<BackendKey, BackendQuota>> written = pipeline.written(pipeline.topics.backendQuotas());
        assertThat(written.get(written.size() - 1).value()).isNull();
    }

    @Test
    void movingAnObjectMovesItsBytesBetweenBackends() {
        // Given
        store.backend("b1", 1_000);
        store.backend("b2", 1_000);
        store.put("photos/a", "b1", 100);
        store.move("photos/a", "b1", "b2");
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.backend("b1").getBytesUsed()).isZero();
        assertThat(pipeline.backend("b2").getBytesUsed()).isEqualTo(100);
    }

    @Test
    void anOverwriteNeverShowsTheMomentBetweenItsDeleteAndItsInsert() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        pipeline.readAll(store.log);
        int before = store.log.entries().size();
        store.put("photos/a", "b1", 150);
        // When: a punctuation comes after each record
        store.log.entries().stream().skip(before).forEach(entry -> {
            pipeline.read(List.of(entry));
            pipeline.advance(Duration.ofMillis(100));
        });
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.written(pipeline.topics.backendQuotas()))
                .extracting(record -> record.value().getBytesUsed())
                .containsExactly(100L, 150L);
        assertThat(pipeline.written(pipeline.topics.bucketUsage()))
                .extracting(record -> record.value().getStoredBytes())
                .containsExactly(100L, 150L);
    }

    @Test
    void partsOfAnUploadCountOnItsBackendWhicheverTableIsReadFirst() {
        // Given
        store.backend("b1", 1_000);
        String upload = store.startUpload("photos/a", "b1");
        store.uploadPart(upload, 1, 50);
        List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
        // When
        pipeline.read(List.of(entries.get(2), entries.get(1), entries.get(0)));
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getInflightBytes()).isEqualTo(50);
    }

    @Test
    void anAbortedUploadLeavesNothingInFlight() {
        // Given
        store.backend("b1", 1_000);
        String upload = store.startUpload("photos/a", "b1");
        store.uploadPart(upload, 1, 50);
        store.abort(upload);
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.backend("b1").getInflightBytes()).isZero();
    }

    @Test
    void aBucketCountsEachObjectOnceByTheSizeOfItsFirstCopy() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        store.encrypt("photos/a");
        store.log.wait(Duration.ofSeconds(1));
        store.replicate("photos/a", "b2");
        store.put("nobucket", "b1", 5);
        // When
        pipeline.readAll(store.log);
        // Then
        BucketUsage photos = pipeline.last(pipeline.topics.bucketUsage()).get(new BucketKey("photos"));
        assertThat(photos.getLogicalBytes()).isEqualTo(100);
        assertThat(photos.getStoredBytes()).isEqualTo(320);
        assertThat(photos.getObjectCount()).isEqualTo(1);
        assertThat(photos.getCopyCount()).isEqualTo(2);
        assertThat(pipeline.last(pipeline.topics.bucketUsage())
                        .get(new BucketKey(""))
                        .getLogicalBytes())
                .isEqualTo(5);
    }

    @Test
    void usageStandsBesideItsConfiguredLimitsAndGoesWithItsRow() {
        // Given
        store.flushUsage("b1", "2026-11", 1, 2, 3);
        store.flushUsage("b1", "2026-11", 10, 20, 30);
        store.flushUsage("b2", "2026-11", 5, 5, 5);
        store.log.transaction(
                tx -> tx.delete(pipeline.topics.backendUsageRows(), new BackendUsageKey("b2", "2026-11")));
        // When
        pipeline.readAll(store.log);
        // Then
        Map<BackendPeriodKey, BackendUsage> usage = pipeline.last(pipeline.topics.backendUsage());
        assertThat(usage).containsOnlyKeys(new BackendPeriodKey("b1", "2026-11"));
        BackendUsage b1 = usage.get(new BackendPeriodKey("b1", "2026-11"));
        assertThat(List.of(b1.getApiRequests(), b1.getEgressBytes(), b1.getIngressBytes()))
                .containsExactly(11L, 22L, 33L);
        assertThat(List.of(b1.getApiRequestsLimit(), b1.getEgressBytesLimit(), b1.getIngressBytesLimit()))
                .containsExactly(100L, 200L, 300L);
        assertThat(List.of(
                        b1.getApiRequestsUtilization(),
                        b1.getEgressBytesUtilization(),
                        b1.getIngressBytesUtilization()))
                .containsExactly(0.11, 0.11, 0.11);
    }
}
