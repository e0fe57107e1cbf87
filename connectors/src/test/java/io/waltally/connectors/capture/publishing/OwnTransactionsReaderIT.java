package io.waltally.connectors.capture.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Source;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OwnTransactionsReaderIT {
    private static final TopicPartition PARTITION = new TopicPartition("sync.public.bsos", 2);

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    @Test
    void readsCommittedAndOpenButNoAbortedOrForeignRecords() throws Exception {
        // Given
        try (Producer<byte[], byte[]> died = producer()) {
            died.initTransactions();
            died.beginTransaction();
            send(died, "committed", PARTITION);
            send(died, "elsewhere", new TopicPartition(PARTITION.topic(), 1));
            died.commitTransaction();
            died.beginTransaction();
            send(died, "aborted by itself", PARTITION);
            died.abortTransaction();
            died.beginTransaction();
            send(died, "left open by a writer that died", PARTITION);
            // When
            try (Producer<byte[], byte[]> writer = producer()) {
                writer.initTransactions();
                writer.beginTransaction();
                sendByAnother("foreign");
                send(writer, "committed too", PARTITION);
                writer.commitTransaction();
                writer.beginTransaction();
                send(writer, "open", PARTITION);
                sendByAnother("foreign");
                sendByAnother("");
                // Then
                assertThat(seen(List.of(record("unsent", PARTITION), record("not here", new TopicPartition("t", 2)))))
                        .containsExactly("committed", "committed too", "open", "unsent");
                // And from the end, part by part
                List<List<String>> parts = new ArrayList<>();
                new OwnTransactionsReader(sync.kafka())
                        .scanFromEnd(PARTITION, List.of(record("unsent", PARTITION)), part -> {
                            List<String> keys = new ArrayList<>();
                            part.read((offset, key, value) -> keys.add(new String(key, StandardCharsets.UTF_8)));
                            parts.add(keys);
                            return false;
                        });
                assertThat(parts).containsExactly(List.of("open", "unsent"), List.of("committed", "committed too"));
            }
        }
    }

    @Test
    void allPartitionsOfTheTopicAreListed() {
        assertThat(new OwnTransactionsReader(sync.kafka()).partitions(PARTITION.topic()))
                .extracting(TopicPartition::partition)
                .containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    private List<String> seen(List<ProducerRecord<byte[], byte[]>> unsent) {
        List<String> keys = new ArrayList<>();
        new OwnTransactionsReader(sync.kafka())
                .scan(PARTITION, unsent, (offset, key, value) -> keys.add(new String(key, StandardCharsets.UTF_8)));
        return keys;
    }

    private Producer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(sync.kafka());
        properties.put("transactional.id", "writer-view");
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void send(Producer<byte[], byte[]> producer, String key, TopicPartition partition) throws Exception {
        producer.send(record(key, partition)).get();
    }

    private static ProducerRecord<byte[], byte[]> record(String key, TopicPartition partition) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                partition.topic(), partition.partition(), key.getBytes(StandardCharsets.UTF_8), new byte[0]);
        new ChangeHeaders(Source.SYNC, 1, 700, 1, 1, Optional.empty()).addTo(record.headers());
        return record;
    }

    private void sendByAnother(String key) throws Exception {
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(sync.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            PARTITION.topic(),
                            PARTITION.partition(),
                            key.getBytes(StandardCharsets.UTF_8),
                            new byte[0]))
                    .get();
        }
    }
}
