package io.waltally.connectors.capture.publishing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.connectors.capture.error.UnreadableWatermarkException;
import io.waltally.embedded.KafkaBroker;
import io.waltally.embedded.ServerOptions;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The last watermark is the last one that was committed, whoever else has a transaction open. */
class WatermarksIT {
    private static final TopicCatalogue CATALOGUE =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://" + UUID.randomUUID()));

    private static KafkaBroker kafka;

    private final Topic<WatermarkKey, Watermark> topic = CATALOGUE.watermarks();
    private final Watermarks watermarks = new Watermarks(topic, client());

    @BeforeAll
    static void start() {
        kafka = KafkaBroker.start(ServerOptions.ephemeral());
        try (Admin admin = Admin.create(client())) {
            new TopicProvisioning(admin).create(List.of(CATALOGUE.watermarks()));
        }
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @Test
    void anOpenTransactionOfAnotherSourceHidesNoWatermark() throws Exception {
        try (Producer<WatermarkKey, Watermark> s3 = writer("s3");
                Producer<WatermarkKey, Watermark> sync = writer("sync")) {
            // Given
            commit(sync, Source.SYNC, 1);
            s3.beginTransaction();
            send(s3, Source.S3, 7);
            // When
            commit(sync, Source.SYNC, 2);
            // Then
            assertThat(watermarks.last(Source.SYNC)).map(Watermark::getLsn).contains(2L);
            s3.abortTransaction();
        }
    }

    @Test
    void aWatermarkThatIsNotVisibleYetIsWaitedFor() throws Exception {
        try (Producer<WatermarkKey, Watermark> slow = writer("slow");
                Producer<WatermarkKey, Watermark> sync = writer("sync")) {
            // Given
            commit(sync, Source.SYNC, 3);
            slow.beginTransaction();
            send(slow, Source.SYNC, 9);
            commit(sync, Source.SYNC, 4);
            // When
            CompletableFuture<Long> last = CompletableFuture.supplyAsync(
                    () -> watermarks.last(Source.SYNC).orElseThrow().getLsn());
            // Then
            assertThatThrownBy(() -> last.get(2, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
            slow.abortTransaction();
            assertThat(last.get(20, TimeUnit.SECONDS)).isEqualTo(4);
        }
    }

    @Test
    void theLastVisibleWatermarkIsReturnedWhileATransactionIsOpen() throws Exception {
        try (Producer<WatermarkKey, Watermark> sync = writer("sync")) {
            // Given
            commit(sync, Source.SYNC, 5);
            // When
            sync.beginTransaction();
            send(sync, Source.SYNC, 6);
            // Then
            assertThat(watermarks.lastVisible(Source.SYNC))
                    .map(Watermark::getLsn)
                    .contains(5L);
            sync.commitTransaction();
            assertThat(watermarks.lastVisible(Source.SYNC))
                    .map(Watermark::getLsn)
                    .contains(6L);
        }
    }

    @Test
    void whatSomebodyElseWritesIsNoWatermark() throws Exception {
        try (Producer<WatermarkKey, Watermark> sync = writer("sync");
                Producer<byte[], byte[]> other =
                        new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
            // Given
            commit(sync, Source.SYNC, 8);
            byte[] key = topic.keySerde().serializer().serialize(topic.name(), new WatermarkKey(Source.SYNC.id()));
            byte[] garbage = {'n', 'o'};
            // When
            int partition = TopicCatalogue.watermarkPartition(Source.SYNC);
            other.send(new ProducerRecord<>(topic.name(), partition, garbage, garbage))
                    .get();
            other.send(new ProducerRecord<>(topic.name(), partition, key, garbage))
                    .get();
            other.send(new ProducerRecord<>(topic.name(), partition, key, null)).get();
            // Then
            assertThat(watermarks.last(Source.SYNC)).map(Watermark::getLsn).contains(8L);
            // And when the registry does not have the schema of the last one
            byte[] ofUnknownSchema = {0, 0x7f, 0, 0, 0, 1};
            other.send(new ProducerRecord<>(topic.name(), partition, key, ofUnknownSchema))
                    .get();
            // Then
            assertThatThrownBy(() -> watermarks.last(Source.SYNC))
                    .isInstanceOf(UnreadableWatermarkException.class)
                    .hasMessageContainingAll("the last watermark of sync", "registry.url");
            assertThat(watermarks.last(Source.S3)).isEmpty();
            commit(sync, Source.SYNC, 9);
            assertThat(watermarks.last(Source.SYNC)).map(Watermark::getLsn).contains(9L);
        }
    }

    @Test
    void theLastWatermarkIsFoundFarBeforeTheEnd() throws Exception {
        try (Producer<WatermarkKey, Watermark> sync = writer("sync")) {
            // Given
            commit(sync, Source.SYNC, 10);
            commit(sync, Source.SYNC, 11);
            // When more was aborted than is looked at first
            sync.beginTransaction();
            for (int record = 0; record < 300; record++) {
                send(sync, Source.SYNC, 12);
            }
            sync.abortTransaction();
            // Then
            assertThat(watermarks.last(Source.SYNC)).map(Watermark::getLsn).contains(11L);
        }
    }

    @Test
    void timeoutNamesTheOpenTransaction() throws Exception {
        try (Producer<WatermarkKey, Watermark> sync = writer("sync")) {
            // Given
            commit(sync, Source.SYNC, 7);
            // When
            Watermarks impatient = new Watermarks(topic, client(), Duration.ZERO);
            // Then
            assertThatThrownBy(() -> impatient.last(Source.SYNC))
                    .isInstanceOf(org.apache.kafka.common.errors.TimeoutException.class)
                    .hasMessageContainingAll("sync", topic.name(), "a transaction in the partition has not ended");
            assertThatThrownBy(() -> impatient.lastVisible(Source.SYNC))
                    .isInstanceOf(org.apache.kafka.common.errors.TimeoutException.class)
                    .hasMessageContainingAll("sync", topic.name(), "does not return committed records");
        }
    }

    private void commit(Producer<WatermarkKey, Watermark> writer, Source source, long lsn)
            throws InterruptedException, ExecutionException {
        writer.beginTransaction();
        send(writer, source, lsn);
        writer.commitTransaction();
    }

    private void send(Producer<WatermarkKey, Watermark> writer, Source source, long lsn)
            throws InterruptedException, ExecutionException {
        writer.send(new ProducerRecord<>(
                        topic.name(),
                        TopicCatalogue.watermarkPartition(source),
                        new WatermarkKey(source.id()),
                        new Watermark(lsn, 1, 1L, 1, "slot", null, Instant.EPOCH, Map.of(), null, null, null)))
                .get();
    }

    private Producer<WatermarkKey, Watermark> writer(String id) {
        Producer<WatermarkKey, Watermark> writer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        kafka.bootstrapServers(),
                        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                        id),
                topic.keySerde().serializer(),
                topic.valueSerde().serializer());
        writer.initTransactions();
        return writer;
    }

    private static Map<String, Object> client() {
        return Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    }
}
