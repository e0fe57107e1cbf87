package io.waltally.pipeline.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.pipeline.view.UserTallies;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.TallyHeaders;
import io.waltally.schemas.control.Applied;
import io.waltally.schemas.control.PendingTable;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.topic.Topic;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The positions in {@code _waltally.applied} up to which tallies are complete. */
class ProgressTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final PipelineDriver pipeline = new PipelineDriver(NOON);
    private final ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
    private final SyncModel sync = new SyncModel(pipeline.topics, NOON);

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void talliesAreCompleteOnceEverythingBelowTheWatermarkIsRead() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 10);
        pipeline.captured(store.log);
        // When
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.STORAGE)).isNull();
        assertThat(pipeline.applied(OutputStage.USAGE)).isNull();
        // When
        pipeline.read(store.log.entries());
        pipeline.endTransaction();
        // Then
        Watermark watermark = store.log.watermark();
        assertThat(pipeline.applied(OutputStage.STORAGE).getLsn()).isEqualTo(watermark.getLsn());
        assertThat(pipeline.applied(OutputStage.STORAGE).getEpoch()).isEqualTo(watermark.getEpoch());
        assertThat(pipeline.applied(OutputStage.USAGE).getLsn()).isEqualTo(watermark.getLsn());
    }

    @Test
    void theLastRecordsOfTheTalliesComeBeforeTheirCompletion() {
        // Given
        store.backend("b1", 1_000);
        for (int i = 0; i < 5; i++) {
            store.put("photos/" + i, "b1", 10);
            store.flushUsage("b1", "2026-11", 1, 2, 3);
            // When
            pipeline.readAll(store.log);
            // Then
            Applied storage = pipeline.applied(OutputStage.STORAGE);
            assertThat(storage.getSequences())
                    .isEqualTo(Map.of(
                            pipeline.topics.backendQuotas().name(),
                            lastSequence(pipeline.topics.backendQuotas()),
                            pipeline.topics.bucketUsage().name(),
                            lastSequence(pipeline.topics.bucketUsage())));
            assertThat(pipeline.applied(OutputStage.USAGE).getSequences())
                    .isEqualTo(Map.of(
                            pipeline.topics.backendUsage().name(), lastSequence(pipeline.topics.backendUsage())));
        }
    }

    @Test
    void recordsOfATallyAreNumberedWithoutAGap() {
        // Given
        for (int i = 0; i < 20; i++) {
            sync.post(1L + i % 3, 7, Map.of("r" + i, "x"), null);
        }
        // When
        pipeline.readAll(sync.log);
        // Then
        List<Long> sequences = sequences(pipeline.topics.userCollections());
        assertThat(sequences)
                .isNotEmpty()
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, sequences.size()).boxed().toList());
    }

    @Test
    void anIdleDatabaseMovesItsTalliesToo() {
        // Given
        store.backend("b1", 1_000);
        pipeline.readAll(store.log);
        long before = pipeline.applied(OutputStage.STORAGE).getLsn();
        Watermark idle = Watermark.newBuilder(store.log.watermark())
                .setLsn(before + 0x10_000)
                .build();
        // When
        pipeline.captured(idle, Source.S3);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.STORAGE).getLsn()).isEqualTo(before + 0x10_000);
        assertThat(pipeline.applied(OutputStage.USAGE).getLsn()).isEqualTo(before + 0x10_000);
    }

    @Test
    void collectionsAreNotCompleteBeforeTheirNamesAreRead() {
        // Given
        sync.name(7, "bookmarks");
        sync.post(1, 7, Map.of("r", "payload"), null);
        pipeline.read(sync.log.entries().stream()
                .filter(entry -> !entry.topic().equals(pipeline.topics.collections()))
                .toList());
        pipeline.captured(sync.log);
        // When
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.COLLECTIONS)).isNull();
        // When
        pipeline.read(sync.log.entries().stream()
                .filter(entry -> entry.topic().equals(pipeline.topics.collections()))
                .toList());
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.COLLECTIONS).getLsn())
                .isEqualTo(sync.log.watermark().getLsn());
        assertThat(pipeline.collection(1, 7).getCollection()).isEqualTo("bookmarks");
        assertThat(pipeline.applied(OutputStage.COLLECTIONS)
                        .getSequences()
                        .get(pipeline.topics.userCollections().name()))
                .isEqualTo(lastSequence(pipeline.topics.userCollections()));
    }

    @Test
    void nothingIsCompleteWhileATableIsReadForTheFirstTime() {
        // Given
        store.backend("b1", 1_000);
        pipeline.read(store.log.entries());
        // When
        pipeline.captured(during(SnapshotState.RUNNING, List.of("backend_quotas"), "object_locations"), Source.S3);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.STORAGE)).isNull();
        // When: a table was added
        pipeline.captured(during(SnapshotState.COMPLETED, List.of("object_locations"), "cleanup_dlq"), Source.S3);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.STORAGE)).isNull();
        // When: a table is only read again
        pipeline.captured(during(SnapshotState.COMPLETED, List.of("cleanup_dlq"), "cleanup_dlq"), Source.S3);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.STORAGE)).isNotNull();
    }

    @Test
    void aNewEpochIsFurtherWhateverItsPositions() {
        // Given
        store.backend("b1", 1_000);
        pipeline.readAll(store.log);
        Watermark next = Watermark.newBuilder(store.log.watermark())
                .setEpoch(2)
                .setLsn(0x10)
                .build();
        // When
        pipeline.captured(next, Source.S3);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.applied(OutputStage.STORAGE).getEpoch()).isEqualTo(2);
        assertThat(pipeline.applied(OutputStage.STORAGE).getLsn()).isEqualTo(0x10);
    }

    @Test
    void userQueriesReportTheSequenceNumbersTheyInclude() {
        // Given
        sync.post(1, 7, Map.of("r", "payload"), null);
        pipeline.read(sync.log.entries());
        pipeline.captured(sync.log);
        pipeline.endTransaction();
        Map<String, Long> sequences = pipeline.applied(OutputStage.COLLECTIONS).getSequences();
        UserTallies users = pipeline.users();
        // Then
        assertThat(sequences).hasSize(2);
        assertThat(users.collections(1)).isNotEmpty();
        assertThat(users.reached(sequences)).isTrue();
        sequences.forEach((topic, last) ->
                assertThat(users.reached(Map.of(topic, last + 1))).isFalse());
    }

    private Watermark during(SnapshotState state, List<String> complete, String pending) {
        SnapshotProgress snapshot = new SnapshotProgress(
                state,
                0L,
                complete,
                List.of(new PendingTable(pending, Map.of(), null, null, null, 0L, 0L, null, null, null)),
                Map.of());
        return Watermark.newBuilder(store.log.watermark()).setSnapshot(snapshot).build();
    }

    private <K, V> List<Long> sequences(Topic<K, V> topic) {
        return pipeline.written(topic).stream()
                .map(TestRecord::headers)
                .map(headers -> TallyHeaders.sequence(headers).orElseThrow())
                .toList();
    }

    private <K, V> long lastSequence(Topic<K, V> topic) {
        List<Long> sequences = sequences(topic);
        return sequences.get(sequences.size() - 1);
    }
}
