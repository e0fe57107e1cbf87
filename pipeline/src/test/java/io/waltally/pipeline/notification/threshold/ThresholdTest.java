package io.waltally.pipeline.notification.threshold;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.pipeline.PipelineConfig;
import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.schemas.cdc.BackendQuotaKey;
import io.waltally.schemas.cdc.BackendQuotaRow;
import io.waltally.schemas.cdc.BackendUsageKey;
import io.waltally.schemas.cdc.BackendUsageRow;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.ObjectLocationKey;
import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThresholdTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");
    private static final PipelineConfig CONFIG = new PipelineConfig(
            "waltally",
            10,
            PipelineConfig.DEFAULTS.payloadLength(),
            Map.of("b1", new UsageLimits(100, 200, 0)),
            0.8,
            Duration.ofHours(1),
            false,
            PipelineConfig.DEFAULTS.replication(),
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            60);

    private final PipelineDriver pipeline = new PipelineDriver(CONFIG, NOON);
    private final ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
    private final SyncModel sync = new SyncModel(pipeline.topics, NOON);

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void crossingTheThresholdUpwardsWarnsOnceAnHour() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 810);
        // When
        for (Duration pause : List.of(Duration.ofMinutes(30), Duration.ofMinutes(30))) {
            store.delete(List.of("photos/a"));
            store.log.wait(pause);
            store.put("photos/b", "b1", 100);
            store.put("photos/a", "b1", 810);
            store.delete(List.of("photos/b"));
        }
        pipeline.readAll(store.log);
        // Then: at noon and at one o'clock
        List<JsonNode> warnings = ofType("backend.capacity.warning");
        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(0).get("id")).isNotEqualTo(warnings.get(1).get("id"));
        assertThat(warnings.get(0).get("subject").asText()).isEqualTo("b1");
        assertThat(warnings.get(0).get("data").toString())
                .isEqualTo("{\"backend\":\"b1\",\"utilization_pct\":81,\"bytes_available\":190,\"bytes_limit\":1000}");
        assertThat(Instant.parse(warnings.get(1).get("time").asText())).isEqualTo(NOON.plus(Duration.ofHours(1)));
    }

    @Test
    void aClockThatWasAheadDoesNotSilenceWarningsOnceItIsRight() {
        // Given
        ObjectStoreModel ahead = new ObjectStoreModel(pipeline.topics, NOON.plus(Duration.ofDays(1)));
        ahead.backend("b1", 1_000);
        ahead.put("photos/a", "b1", 810);
        ahead.delete(List.of("photos/a"));
        // When
        ahead.log.wait(Duration.ofDays(-1).plusMinutes(5));
        ahead.put("photos/a", "b1", 810);
        pipeline.readAll(ahead.log);
        // Then
        assertThat(ofType("backend.capacity.warning")).hasSize(2);
    }

    @Test
    void aCrossingThatTheNextTransactionUndoesIsAWarningToo() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 810);
        store.delete(List.of("photos/a"));
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(ofType("backend.capacity.warning")).hasSize(1);
    }

    @Test
    void aTransactionThatIsReadInPartsCrossesNothingThatItDoesNotCrossAsAWhole() {
        // Given: bytes that only change tables, there and back
        store.backend("b1", 1_000);
        long cleanup = store.enqueueCleanup("b1", "photos/a", 700);
        pipeline.readAll(store.log);
        int read = store.log.entries().size();
        store.exhaustCleanup(cleanup);
        int between = store.log.entries().size();
        store.requeueCleanup(cleanup);
        List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
        // When: they are in the new one before they have left the old one
        pipeline.read(of(pipeline.topics.cleanupDeadLetters(), entries.subList(read, between)));
        pipeline.endTransaction();
        assertThat(pipeline.backend("b1").getUtilization()).isEqualTo(1.4);
        pipeline.read(of(pipeline.topics.cleanupQueue(), entries.subList(read, entries.size())));
        pipeline.endTransaction();
        assertThat(pipeline.backend("b1").getUtilization()).isEqualTo(1.4);
        pipeline.read(of(pipeline.topics.cleanupDeadLetters(), entries.subList(between, entries.size())));
        pipeline.captured(store.log);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.backend("b1").getUtilization()).isEqualTo(0.7);
        assertThat(ofType("backend.capacity.warning")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void reprocessedRecordsEmitNoWarnings(boolean classifiedBefore) {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 700);
        sync.post(7, 3, Map.of("a", "1234567"), Duration.ofDays(9));
        List<CapturedLog.Entry<?, ?>> early = store.log.entries();
        List<CapturedLog.Entry<?, ?>> earlyOfSync = sync.log.entries();
        store.delete(List.of("photos/a"));
        store.put("photos/b", "b1", 600);
        sync.deleteRecord(7, 3, "a");
        sync.post(7, 3, Map.of("b", "12345"), Duration.ofDays(9));
        pipeline.read(store.log.entries());
        pipeline.readAll(sync.log);
        if (classifiedBefore) {
            pipeline.captured(store.log);
            pipeline.endTransaction();
        }
        // When: what is gone is there again beside what came later
        pipeline.read(early);
        pipeline.read(earlyOfSync);
        pipeline.endTransaction();
        assertThat(pipeline.backend("b1").getUtilization()).isEqualTo(1.3);
        pipeline.read(store.log.entries());
        pipeline.read(sync.log.entries());
        store.put("photos/c", "b1", 100);
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.backend("b1").getUtilization()).isEqualTo(0.7);
        assertThat(ofType("backend.capacity.warning")).isEmpty();
        assertThat(ofType("user.quota.reached")).isEmpty();
    }

    @Test
    void aLimitThatIsLoweredIsCrossedToo() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 100);
        store.backend("b1", 110);
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(ofType("backend.capacity.warning")).hasSize(1);
    }

    @Test
    void aBackendThatASnapshotShowsToBeFullIsNoNews() {
        // Given
        BackendUsageKey november = new BackendUsageKey("b1", "2026-11");
        store.log.snapshot(tx -> {
            tx.insert(pipeline.topics.backendQuotaRows(), new BackendQuotaKey("b1"), new BackendQuotaRow("b1", 100L));
            tx.insert(
                    pipeline.topics.objectLocations(),
                    new ObjectLocationKey("photos/a", "b1"),
                    new ObjectLocation("photos/a", "b1", 90L, null, null, null));
            tx.insert(pipeline.topics.backendUsageRows(), november, new BackendUsageRow("b1", "2026-11", 100L, 0L, 0L));
        });
        // When: it stays so
        store.put("photos/b", "b1", 5);
        store.log.transaction(tx -> tx.update(
                pipeline.topics.backendUsageRows(), november, new BackendUsageRow("b1", "2026-11", 101L, 0L, 0L)));
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.backend("b1").getUtilization()).isEqualTo(0.95);
        assertThat(pipeline.notificationTypes()).containsExactly("s3:ObjectCreated:Put");
    }

    @Test
    void aUsageLimitIsReachedOnceInAPeriod() {
        // Given
        store.backend("b1", 0);
        store.flushUsage("b1", "2026-11", 99, 199, 1_000);
        store.flushUsage("b1", "2026-11", 1, 0, 1_000);
        store.flushUsage("b1", "2026-11", 1, 1, 1_000);
        store.flushUsage("b1", "2026-12", 100, 0, 0);
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(ofType("backend.usage.warning").stream()
                        .map(event -> event.get("data").toString()))
                .containsExactly(
                        "{\"backend\":\"b1\",\"period\":\"2026-11\",\"kind\":\"api_requests\",\"used\":100,\"limit\":100}",
                        "{\"backend\":\"b1\",\"period\":\"2026-11\",\"kind\":\"egress_bytes\",\"used\":200,\"limit\":200}",
                        "{\"backend\":\"b1\",\"period\":\"2026-12\",\"kind\":\"api_requests\",\"used\":100,\"limit\":100}");
    }

    @Test
    void aUserThatReachesTheQuotaIsNotifiedOnceAnHour() {
        // Given
        sync.post(7, 3, Map.of("a", "12345", "b", "1234"), Duration.ofDays(9));
        sync.post(7, 4, Map.of("c", "1"), Duration.ofDays(9));
        sync.deleteRecord(7, 4, "c");
        sync.post(7, 4, Map.of("c", "12"), Duration.ofDays(9));
        sync.post(8, 4, Map.of("c", "123456789"), Duration.ofDays(9));
        // When
        pipeline.readAll(sync.log);
        // Then
        List<JsonNode> reached = ofType("user.quota.reached");
        assertThat(reached).hasSize(1);
        assertThat(reached.get(0).get("source").asText()).isEqualTo("/syncstorage");
        assertThat(reached.get(0).get("subject").asText()).isEqualTo("7");
        assertThat(reached.get(0).get("data").toString())
                .isEqualTo("{\"user_id\":7,\"total_bytes\":10,\"quota_bytes\":10}");
    }

    @Test
    void aCollectionWhoseRowIsReadBeforeItsRecordsMakesNobodyReachTheQuotaAgain() {
        // Given
        sync.post(7, 3, Map.of("a", "12345678"), Duration.ofDays(9));
        sync.post(7, 4, Map.of("b", "1234"), Duration.ofDays(9));
        pipeline.readAll(sync.log);
        assertThat(ofType("user.quota.reached")).hasSize(1);
        sync.log.wait(Duration.ofHours(2));
        int read = sync.log.entries().size();
        sync.deleteCollection(7, 3);
        sync.post(7, 3, Map.of("a", "1"), Duration.ofDays(9));
        List<CapturedLog.Entry<?, ?>> news =
                sync.log.entries().subList(read, sync.log.entries().size());
        // When: the row is gone and there again before its records went
        pipeline.read(of(pipeline.topics.userCollectionRows(), news));
        pipeline.read(of(pipeline.topics.bsos(), news));
        pipeline.captured(sync.log);
        pipeline.endTransaction();
        // Then
        assertThat(ofType("user.quota.reached")).hasSize(1);
    }

    @Test
    void whatExpiredBeforeATransactionDoesNotFillTheQuota() {
        // Given
        sync.post(7, 3, Map.of("a", "12345678"), Duration.ofMinutes(1));
        sync.log.wait(Duration.ofMinutes(2));
        sync.post(7, 3, Map.of("b", "1234"), Duration.ofDays(9));
        // When
        pipeline.readAll(sync.log);
        // Then
        assertThat(ofType("user.quota.reached")).isEmpty();
    }

    private static List<CapturedLog.Entry<?, ?>> of(Topic<?, ?> topic, List<CapturedLog.Entry<?, ?>> entries) {
        return entries.stream().filter(entry -> entry.topic().equals(topic)).toList();
    }

    private List<JsonNode> ofType(String type) {
        return pipeline.notifications().stream()
                .filter(event -> event.get("type").asText().equals(type))
                .toList();
    }
}
