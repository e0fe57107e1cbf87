package io.waltally.pipeline.notification;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.pipeline.PipelineDriver;
import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.Damage;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.SyncModel;
import io.waltally.schemas.cdc.BackendQuotaKey;
import io.waltally.schemas.cdc.BackendQuotaRow;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.ObjectLocationKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
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
    void aCompletedUploadNamesItsParts() {
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
    void objectIsClassifiedOnlyAfterAllItsRowsAreRead() {
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
        pipeline.endTransaction();
        assertThat(pipeline.notificationTypes()).isEmpty();
        // When
        pipeline.read(others);
        pipeline.endTransaction();
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
    void aTransactionThatWasReadInPartWhenEverythingIsReadAgainIsClassifiedAsAWhole() {
        // Given
        store.put("photos/a", "b1", 100);
        store.put("photos/b", "b1", 100);
        store.backend("b1", 1_000);
        pipeline.readAll(store.log);
        int read = store.log.entries().size();
        store.log.transaction(tx -> {
            for (String objectKey : List.of("photos/a", "photos/b")) {
                tx.delete(pipeline.topics.objectLocations(), new ObjectLocationKey(objectKey, "b1"));
            }
            tx.insert(
                    pipeline.topics.objectLocations(),
                    new ObjectLocationKey("photos/c", "b1"),
                    new ObjectLocation("photos/c", "b1", 1L, null, null, null));
            tx.delete(pipeline.topics.backendQuotaRows(), new BackendQuotaKey("b1"));
            tx.insert(pipeline.topics.backendQuotaRows(), new BackendQuotaKey("b2"), new BackendQuotaRow("b2", 1L));
        });
        List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
        List<CapturedLog.Entry<?, ?>> part = entries.subList(read, entries.size() - 1);
        // When: of what the transaction did, the deletes are read, and come again behind what was before
        CapturedLog.byTopic(part)
                .values()
                .forEach(records -> pipeline.read(records.subList(0, Math.min(2, records.size()))));
        pipeline.read(entries);
        pipeline.captured(store.log);
        pipeline.endTransaction();
        // Then
        assertThat(pipeline.notificationTypes())
                .containsExactlyInAnyOrder(
                        "s3:ObjectCreated:Put",
                        "s3:ObjectCreated:Put",
                        "s3:ObjectRemoved:DeleteBatch",
                        "s3:ObjectRemoved:DeleteBatch",
                        "s3:ObjectCreated:Put",
                        "backend.removed");
    }

    @Test
    void reprocessedUnreadableRecordDoesNotSuppressAShortage() {
        try (PipelineDriver replicating =
                new PipelineDriver(PipelineDriver.replicating(2, Duration.ofMinutes(10)), NOON)) {
            // Given
            ObjectStoreModel objects = new ObjectStoreModel(replicating.topics, NOON);
            objects.importObject("photos/a", "b1", 100);
            CapturedLog.Entry<?, ?> failure = objects.log.entries().get(0);
            objects.delete(List.of("photos/a"));
            objects.put("photos/a", "b1", 100);
            List<CapturedLog.Entry<?, ?>> good =
                    objects.log.entries().subList(1, objects.log.entries().size());
            // When
            for (int i = 0; i < 2; i++) {
                replicating.readDamaged(failure, Damage.VALUE_CUT_OFF);
                replicating.read(good);
            }
            objects.log.wait(Duration.ofMinutes(10));
            objects.log.transaction(tx -> {});
            replicating.captured(objects.log);
            replicating.endTransaction();
            // Then
            assertThat(replicating.notificationTypes())
                    .containsExactly("s3:ObjectCreated:Put", "object.under_replicated");
        }
    }

    @Test
    void aTransactionOfAnySizeIsClassifiedAsAWhole() {
        // Given
        // More than a store keeps in memory.
        int keys = 5_000;
        List<ObjectLocationKey> objects = IntStream.range(0, keys)
                .mapToObj(i -> new ObjectLocationKey("photos/" + i, "b1"))
                .toList();
        store.log.transaction(tx -> objects.forEach(key -> tx.insert(
                pipeline.topics.objectLocations(),
                key,
                new ObjectLocation(key.getObjectKey(), "b1", 1L, null, null, null))));
        long transactionId =
                store.log.transaction(tx -> objects.forEach(key -> tx.delete(pipeline.topics.objectLocations(), key)));
        // When: a part of it is read
        int part = store.log.entries().size() - keys;
        pipeline.read(store.log.entries().subList(0, part));
        pipeline.captured(store.log);
        pipeline.endTransaction();
        assertThat(pipeline.notificationTypes()).isEmpty();
        // When: the rest
        pipeline.read(store.log.entries().subList(part, store.log.entries().size()));
        pipeline.endTransaction();
        // Then
        List<JsonNode> removed = ofType("s3:ObjectRemoved:DeleteBatch");
        assertThat(ofType("s3:ObjectCreated:Put")).hasSize(keys);
        assertThat(removed).hasSize(keys).allSatisfy(event -> {
            assertThat(event.get("data").get("total_keys").asInt()).isEqualTo(keys);
            assertThat(event.get("data").get("transaction_id").asLong()).isEqualTo(transactionId);
        });
    }

    @Test
    void theRowOfABackendThatGoesNotifiesOfItsRemoval() {
        // Given
        store.backend("b1", 100);
        store.backend("b1", 200);
        long transactionId = store.removeBackend("b1");
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("backend.removed");
        JsonNode event = pipeline.notifications().get(0);
        assertThat(event.get("source").asText()).isEqualTo("/s3-orchestrator");
        assertThat(event.get("subject").asText()).isEqualTo("b1");
        assertThat(event.get("txid").asText()).isEqualTo(Long.toString(transactionId));
        assertThat(event.get("lsn").asText()).isEqualTo("0/1300");
        assertThat(event.get("data").toString()).isEqualTo("{\"backend\":\"b1\"}");
    }

    @Test
    void aBackendWhoseRowIsReplacedIsNotRemoved() {
        // Given
        store.backend("b1", 100);
        BackendQuotaKey key = new BackendQuotaKey("b1");
        store.log.transaction(tx -> {
            tx.delete(pipeline.topics.backendQuotaRows(), key);
            tx.insert(pipeline.topics.backendQuotaRows(), key, new BackendQuotaRow("b1", 300L));
        });
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.notificationTypes()).isEmpty();
    }

    @Test
    void anExhaustedCleanupIsNotifiedWithItsRow() {
        // Given
        long cleanup = store.enqueueCleanup("b1", "photos/2026/a.jpg", 70);
        store.claimCleanup(cleanup);
        store.exhaustCleanup(cleanup);
        store.requeueCleanup(cleanup);
        // When
        pipeline.readAll(store.log);
        // Then
        assertThat(pipeline.notificationTypes()).containsExactly("cleanup.exhausted");
        JsonNode event = pipeline.notifications().get(0);
        assertThat(event.get("subject").asText()).isEqualTo("photos/2026/a.jpg");
        assertThat(event.get("data").toString())
                .isEqualTo("{\"backend\":\"b1\",\"object_key\":\"photos/2026/a.jpg\",\"reason\":\"delete_failed\","
                        + "\"attempts\":10,\"size_bytes\":70,\"last_error\":\"503 Service Unavailable\"}");
    }

    @Test
    void anUnderReplicatedObjectIsNotifiedAfterTheGracePeriod() {
        try (PipelineDriver replicating =
                new PipelineDriver(PipelineDriver.replicating(2, Duration.ofMinutes(10)), NOON)) {
            // Given
            ObjectStoreModel objects = new ObjectStoreModel(replicating.topics, NOON);
            objects.put("photos/short", "b1", 100);
            objects.put("photos/replicated", "b1", 100);
            objects.log.wait(Duration.ofMinutes(9));
            objects.replicate("photos/replicated", "b2");
            replicating.readAll(objects.log);
            assertThat(replicating.notificationTypes()).doesNotContain("object.under_replicated");
            // When: the clock of this machine does not matter
            replicating.advance(Duration.ofHours(1));
            assertThat(replicating.notificationTypes()).doesNotContain("object.under_replicated");
            objects.log.wait(Duration.ofMinutes(1));
            objects.put("photos/other", "b1", 100);
            replicating.readAll(objects.log);
            // Then
            List<JsonNode> warnings = replicating.notifications().stream()
                    .filter(event -> event.get("type").asText().equals("object.under_replicated"))
                    .toList();
            assertThat(warnings).hasSize(1);
            assertThat(warnings.get(0).get("subject").asText()).isEqualTo("short");
            assertThat(Instant.parse(warnings.get(0).get("time").asText())).isEqualTo(NOON);
            assertThat(warnings.get(0).get("data").toString())
                    .isEqualTo("{\"bucket\":\"photos\",\"key\":\"short\",\"copies\":1,\"replication_factor\":2}");
        }
    }

    @Test
    void aShortageThatEndsLateIsReportedInItsTurnHoweverLateItsBeginningIsRead() {
        try (PipelineDriver replicating =
                new PipelineDriver(PipelineDriver.replicating(2, Duration.ofMinutes(10)), NOON)) {
            // Given
            ObjectStoreModel objects = new ObjectStoreModel(replicating.topics, NOON);
            objects.put("photos/a", "b1", 100);
            objects.log.wait(Duration.ofMinutes(10));
            objects.delete(List.of("photos/a"));
            // When
            replicating.readAll(objects.log);
            // Then
            assertThat(replicating.notificationTypes())
                    .containsExactly("s3:ObjectCreated:Put", "object.under_replicated", "s3:ObjectRemoved:Delete");
        }
    }

    @Test
    void aShortageThatASnapshotEndsIsNotNotified() {
        try (PipelineDriver replicating =
                new PipelineDriver(PipelineDriver.replicating(2, Duration.ofMinutes(10)), NOON)) {
            // Given
            ObjectStoreModel objects = new ObjectStoreModel(replicating.topics, NOON);
            objects.put("photos/a", "b1", 100);
            objects.log.snapshot(tx -> tx.insert(
                    replicating.topics.objectLocations(),
                    new ObjectLocationKey("photos/a", "b2"),
                    new ObjectLocation("photos/a", "b2", 100L, null, null, null)));
            objects.log.wait(Duration.ofMinutes(10));
            // When
            replicating.readAll(objects.log);
            // Then
            assertThat(replicating.notificationTypes()).containsExactly("s3:ObjectCreated:Put");
        }
    }

    @Test
    void aDeadLetterThatIsReplayedNotifiesNobody() {
        // Given
        long cleanup = store.enqueueCleanup("b1", "photos/a", 70);
        store.exhaustCleanup(cleanup);
        List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
        pipeline.read(entries.subList(0, entries.size() - 1));
        pipeline.readDamaged(entries.get(entries.size() - 1), Damage.VALUE_CUT_OFF);
        TestRecord<byte[], byte[]> letter = pipeline.deadLetters().get(0);
        TestRecord<byte[], byte[]> readable = PipelineDriver.serialized(entries.get(entries.size() - 1));
        // When
        pipeline.replay(new TestRecord<>(readable.key(), readable.value(), letter.headers(), letter.getRecordTime()));
        store.exhaustCleanup(store.enqueueCleanup("b1", "photos/b", 70));
        pipeline.read(
                store.log.entries().subList(entries.size(), store.log.entries().size()));
        pipeline.captured(store.log);
        pipeline.endTransaction();
        // Then
        assertThat(ofType("cleanup.exhausted"))
                .singleElement()
                .satisfies(event -> assertThat(event.get("subject").asText()).isEqualTo("photos/b"));
    }

    @Test
    void collectionChangesAreNotifiedIfConfigured() {
        // Given
        SyncModel silent = new SyncModel(pipeline.topics, NOON);
        silent.post(7, 3, Map.of("a", "x"), Duration.ofDays(9));
        pipeline.readAll(silent.log);
        assertThat(pipeline.notificationTypes()).isEmpty();
        try (PipelineDriver driver = new PipelineDriver(PipelineDriver.notifyingCollections(), NOON)) {
            SyncModel sync = new SyncModel(driver.topics, NOON);
            sync.pretouch(7, 3);
            sync.post(7, 3, Map.of("a", "x", "b", "y"), Duration.ofDays(9));
            sync.changeTtl(7, 3, "a", Duration.ofSeconds(1));
            sync.log.wait(Duration.ofMinutes(1));
            sync.purge();
            sync.deleteCollection(7, 3);
            // When
            driver.readAll(sync.log);
            // Then
            assertThat(driver.notificationTypes()).containsExactly("collection.changed", "collection.changed");
            JsonNode changed = driver.notifications().get(0);
            assertThat(changed.get("source").asText()).isEqualTo("/syncstorage");
            assertThat(changed.get("subject").asText()).isEqualTo("7");
            assertThat(changed.get("data").toString())
                    .isEqualTo("{\"user_id\":7,\"collection_id\":3,\"modified\":\"2026-11-22T12:00:00.123456Z\","
                            + "\"deleted\":false}");
            assertThat(driver.notifications().get(1).get("data").toString())
                    .isEqualTo("{\"user_id\":7,\"collection_id\":3,\"modified\":null,\"deleted\":true}");
        }
    }

    private List<JsonNode> ofType(String type) {
        return pipeline.notifications().stream()
                .filter(event -> event.get("type").asText().equals(type))
                .toList();
    }
}
