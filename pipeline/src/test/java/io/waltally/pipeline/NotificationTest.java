package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NotificationTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");

    private final PipelineDriver pipeline = new PipelineDriver(NOON);
    private final ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void aPutIsACloudEventAboutTheUserKey() {
        // Given
        store.put("photos/2026/a.jpg", "b1", 100);
        long transactionId = store.log.watermark().getTransactionId();
        // When
        pipeline.readAll(store.log);
        // Then
        List<TestRecord<String, byte[]>> written = pipeline.written(pipeline.topics.notifications());
        assertThat(written).hasSize(1);
        assertThat(written.get(0).key()).isEqualTo("2026/a.jpg");
        assertThat(written.get(0).headers().lastHeader("content-type").value())
                .asString()
                .isEqualTo("application/cloudevents+json");
        JsonNode event = pipeline.notifications().get(0);
        assertThat(event.get("specversion").asText()).isEqualTo("1.0");
        assertThat(event.get("id").asText()).matches("evt_[0-9a-f]{24}");
        assertThat(event.get("source").asText()).isEqualTo("/s3-orchestrator");
        assertThat(event.get("type").asText()).isEqualTo("s3:ObjectCreated:Put");
        assertThat(event.get("subject").asText()).isEqualTo("2026/a.jpg");
        assertThat(Instant.parse(event.get("time").asText())).isEqualTo(NOON);
        assertThat(event.get("lsn").asText()).isEqualTo("0/1200");
        assertThat(event.get("txid").asText()).isEqualTo(Long.toString(transactionId));
        assertThat(event.get("epoch").asInt()).isEqualTo(1);
        assertThat(event.get("data").toString())
                .isEqualTo("{\"bucket\":\"photos\",\"key\":\"2026/a.jpg\",\"backend\":\"b1\",\"size\":100}");
    }

    @Test
    void anOverwriteIsAPutAndNoDelete() {
        // Given
        store.put("photos/a", "b1", 100);
        store.put("photos/a", "b2", 100);
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("s3:ObjectCreated:Put", "s3:ObjectCreated:Put");
    }

    @Test
    void aReplicaAMoveEncryptionAndAnExcessCopyNotifyNothing() {
        // Given
        store.put("photos/a", "b1", 100);
        store.replicate("photos/a", "b2");
        store.move("photos/a", "b1", "b3");
        store.encrypt("photos/a");
        store.removeExcessCopy("photos/a");
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("s3:ObjectCreated:Put");
    }

    @Test
    void aCompletedUploadTellsItsParts() {
        // Given
        String upload = store.startUpload("photos/a", "b1");
        store.uploadPart(upload, 1, 50);
        store.uploadPart(upload, 2, 60);
        store.complete(upload);
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("s3:ObjectCreated:CompleteMultipartUpload");
        JsonNode data = pipeline.notifications().get(0).get("data");
        assertThat(data.get("upload_id").asText()).isEqualTo(upload);
        assertThat(data.get("parts_count").asLong()).isEqualTo(2);
        assertThat(data.get("size").asLong()).isEqualTo(110);
    }

    @Test
    void aDeleteOfOneKeyIsADeleteAndOfSeveralABatchWithAnEventPerKey() {
        // Given
        store.put("photos/a", "b1", 100);
        store.replicate("photos/a", "b2");
        store.put("photos/b", "b1", 100);
        store.put("photos/c", "b1", 100);
        store.delete(List.of("photos/a"));
        store.delete(List.of("photos/b", "photos/c"));
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.notificationTypes().subList(3, 6))
                .containsExactly(
                        "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteBatch", "s3:ObjectRemoved:DeleteBatch");
        assertThat(pipeline.notifications()
                        .get(3)
                        .get("data")
                        .get("copies_deleted")
                        .asLong())
                .isEqualTo(2);
        assertThat(pipeline.notifications().get(4).get("data").get("total_keys").asLong())
                .isEqualTo(2);
    }

    @Test
    void nothingIsJudgedBeforeEverythingAboutItWasRead() {
        // Given: the upload's rows are read long after the object's
        String upload = store.startUpload("photos/a", "b1");
        store.uploadPart(upload, 1, 50);
        store.complete(upload);
        List<CapturedLog.Entry<?, ?>> objects = store.log.entries().stream()
                .filter(entry -> entry.topic().equals(pipeline.topics.objectLocations()))
                .toList();
        List<CapturedLog.Entry<?, ?>> others = store.log.entries().stream()
                .filter(entry -> !objects.contains(entry))
                .toList();
        pipeline.captured(store.log);
        pipeline.read(objects);
        pipeline.settle();
        assertThat(pipeline.notificationTypes()).isEmpty();
        // When
        pipeline.read(others);
        pipeline.settle();
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("s3:ObjectCreated:CompleteMultipartUpload");
    }

    @Test
    void aSnapshotAndAReplayAreNoNews() {
        // Given
        store.put("photos/a", "b1", 100);
        store.delete(List.of("photos/a"));
        store.put("photos/a", "b1", 100);
        pipeline.readAll(store.log);
        assertThat(pipeline.notificationTypes()).hasSize(3);
        // When
        store.snapshot();
        pipeline.readAll(store.log);
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.notificationTypes()).hasSize(3);
    }

    @Test
    void crossingTheThresholdUpwardsWarnsOnceAnHour() {
        // Given
        store.backend("b1", 1_000);
        store.put("photos/a", "b1", 810);
        pipeline.readAll(store.log);
        // When
        for (Duration pause : List.of(Duration.ofMinutes(30), Duration.ofMinutes(30))) {
            int read = store.log.entries().size();
            store.delete(List.of("photos/a"));
            store.log.wait(pause);
            store.put("photos/b", "b1", 100);
            pipeline.read(store.log.entries().subList(read, store.log.entries().size()));
            pipeline.settle();
            read = store.log.entries().size();
            store.put("photos/a", "b1", 810);
            store.delete(List.of("photos/b"));
            pipeline.read(store.log.entries().subList(read, store.log.entries().size()));
            pipeline.settle();
        }
        // Then
        List<JsonNode> warnings = pipeline.notifications().stream()
                .filter(event -> event.get("type").asText().equals("backend.capacity.warning"))
                .toList();
        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(0).get("id")).isNotEqualTo(warnings.get(1).get("id"));
        assertThat(warnings.get(0).get("subject").asText()).isEqualTo("b1");
        assertThat(warnings.get(0).get("data").toString())
                .isEqualTo("{\"backend\":\"b1\",\"utilization_pct\":81,\"bytes_available\":190,\"bytes_limit\":1000}");
    }

    @Test
    void aBackendThatASnapshotShowsToBeFullIsNoNews() {
        // Given
        ObjectStoreModel existing = new ObjectStoreModel(pipeline.topics, NOON);
        existing.backend("b1", 100);
        existing.put("photos/a", "b1", 90);
        CapturedLog before = existing.log;
        int rows = before.entries().size();
        existing.snapshot();
        // When
        pipeline.read(before.entries().subList(rows, before.entries().size()));
        pipeline.settle();
        // Then
        assertThat(pipeline.backend("b1").getUtilization()).isEqualTo(0.9);
        assertThat(pipeline.notificationTypes()).isEmpty();
    }
}
