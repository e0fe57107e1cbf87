package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A topic that has lost records. */
class LostTopicIT {
    private static final String COLLECTIONS = "sync.public.collections";

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    @Test
    void aRecreatedTopicStopsTheSourceUntilItsTableIsReadAgain() throws Exception {
        // Given
        Capture first = sync.streaming();
        sync.sql(
                "INSERT INTO collections (collection_id, name) SELECT 1000 + i, 'c' || i FROM generate_series(1, 20) i");
        sync.awaitCaptured(first);
        first.close();
        List<ConsumerRecord<byte[], byte[]>> former = sync.readRaw(COLLECTIONS);
        // When
        try (Admin admin = Admin.create(sync.kafka())) {
            admin.deleteTopics(List.of(COLLECTIONS)).all().get();
            waitFor("deleted", () -> !topicNames(admin).contains(COLLECTIONS));
        }
        sync.migrate();
        grow(former);
        Capture second = sync.capture();
        // Then
        waitFor("stopped", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason())
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains(
                                "topic " + COLLECTIONS + " was deleted and created again",
                                "waltally resume sync --new-epoch"));
        // And when
        second.resume(true, false);
        CaptureFixture.awaitStreaming(second);
        sync.sql("INSERT INTO collections (collection_id, name) VALUES (2000, 'later')");
        sync.awaitCaptured(second);
        // Then
        assertThat(CapturedTopics.latest(sync.read(COLLECTIONS).all(), COLLECTIONS))
                .hasSize((int) sync.number("SELECT count(*) FROM collections"));
        // And a further start finds nothing wrong
        second.close();
        Capture third = sync.streaming();
        sync.awaitCaptured(third);
        third.close();
        // And when the watermarks are lost, and the registry with them
        int epoch = sync.watermark().getEpoch();
        recreateWatermarks();
        long reasons = reasons();
        writeUnreadableWatermark(0);
        Capture fourth = sync.capture();
        waitFor("stopped", () -> fourth.status().state() == CaptureState.FAILED);
        // Then the status says whether another process may still capture, for which this is no reason to have stopped
        assertThat(fourth.status().reason().orElseThrow())
                .contains("the last watermark of sync", "schema registry", "Another process captures sync");
        fourth.close();
        assertThat(reasons()).isEqualTo(reasons);
        // And when it was written long ago
        writeUnreadableWatermark(60_000);
        Capture fifth = sync.capture();
        waitFor("stopped", () -> fifth.status().state() == CaptureState.FAILED);
        assertThat(fifth.status().reason().orElseThrow())
                .contains("the last watermark of sync", "schema registry", "waltally resume sync --new-epoch")
                .doesNotContain("Another process");
        waitFor("the reason is in Kafka", () -> reasons() == reasons + 1);
        fifth.resume(true, false);
        CaptureFixture.awaitStreaming(fifth);
        sync.awaitCaptured(fifth);
        // Then its records are newer than those before
        assertThat(sync.watermark().getEpoch()).isGreaterThan(epoch);
    }

    /** To where the former topic ended, with the first of its records in each partition. */
    private void grow(List<ConsumerRecord<byte[], byte[]>> former) throws Exception {
        Map<Integer, ConsumerRecord<byte[], byte[]>> first = new HashMap<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(sync.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (ConsumerRecord<byte[], byte[]> record : former) {
                ConsumerRecord<byte[], byte[]> copied = first.computeIfAbsent(record.partition(), partition -> record);
                // As many as records and markers of their transactions.
                for (int i = 0; i < 3; i++) {
                    producer.send(new ProducerRecord<>(
                                    COLLECTIONS,
                                    copied.partition(),
                                    null,
                                    copied.key(),
                                    copied.value(),
                                    copied.headers()))
                            .get();
                }
            }
        }
    }

    /** The number of times that a process has said why capture stopped. */
    private long reasons() {
        return sync.readRaw(sync.catalogue().captureFailures().name()).stream()
                .filter(record -> record.value() != null)
                .count();
    }

    private void recreateWatermarks() throws Exception {
        Topic<WatermarkKey, Watermark> topic = sync.catalogue().watermarks();
        try (Admin admin = Admin.create(sync.kafka())) {
            admin.deleteTopics(List.of(topic.name())).all().get();
            waitFor("deleted", () -> !topicNames(admin).contains(topic.name()));
        }
        sync.migrate();
    }

    /** Whose schema the registry does not have. */
    private void writeUnreadableWatermark(long millisAgo) throws Exception {
        Topic<WatermarkKey, Watermark> topic = sync.catalogue().watermarks();
        byte[] key = topic.keySerde().serializer().serialize(topic.name(), new WatermarkKey(Source.SYNC.id()));
        byte[] ofUnknownSchema = {0, 0x7f, 0, 0, 0, 1};
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(sync.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            long time = System.currentTimeMillis() - millisAgo;
            int partition = TopicCatalogue.watermarkPartition(Source.SYNC);
            producer.send(new ProducerRecord<>(topic.name(), partition, time, key, ofUnknownSchema))
                    .get();
        }
    }

    private static Set<String> topicNames(Admin admin) {
        try {
            return admin.listTopics().names().get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void recordsThatWereDeletedStopTheSourceUntilItsTableIsReadAgain() throws Exception {
        // Given
        Capture first = sync.streaming();
        sync.sql(
                "INSERT INTO collections (collection_id, name) SELECT 1000 + i, 'c' || i FROM generate_series(1, 20) i");
        sync.awaitCaptured(first);
        first.close();
        // When
        sync.deleteRecords(COLLECTIONS);
        Capture second = sync.capture();
        // Then
        waitFor("stopped", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason())
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains(COLLECTIONS, "records before were deleted", "waltally resume sync --new-epoch"));
        // And when
        second.resume(true, false);
        CaptureFixture.awaitStreaming(second);
        sync.awaitCaptured(second);
        // Then
        assertThat(CapturedTopics.latest(sync.read(COLLECTIONS).all(), COLLECTIONS))
                .hasSize((int) sync.number("SELECT count(*) FROM collections"));
        // And a further start accepts where the topic begins
        second.close();
        sync.awaitCaptured(sync.streaming());
    }

    @Test
    void anotherNumberOfPartitionsThanThatOfTheRowsStopsTheSource() throws Exception {
        // Given
        Capture first = sync.streaming();
        sync.sql("INSERT INTO collections (collection_id, name) VALUES (1001, 'before')");
        sync.awaitCaptured(first);
        first.close();
        long records = sync.readRaw(COLLECTIONS).size();
        // When
        sync.alterPartitions(8);
        sync.sql("UPDATE collections SET name = 'after' WHERE collection_id = 1001");
        Capture second = sync.capture();
        // Then
        waitFor("stopped", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason())
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains("topics.partitions is 8", "written with 4", "docs/tallies.md#changing-it"));
        assertThat(sync.readRaw(COLLECTIONS)).hasSize((int) records);
    }
}
