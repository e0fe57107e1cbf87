package io.waltally.webhooks.deliver;

import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends undeliverable events to the dead letter topic: as received, with the reason and the endpoint. */
public final class DeadLetterWriter implements AutoCloseable {
    private static final int MAX_BLOCK_MILLIS = 10_000;
    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;
    private static final int DELIVERY_TIMEOUT_MILLIS = 30_000;
    private static final Duration STOP = Duration.ofSeconds(1);

    private final String topic;
    private final String replays;
    private final Producer<byte[], byte[]> producer;

    /** @param client properties of Kafka's clients */
    public DeadLetterWriter(TopicCatalogue topics, Map<String, Object> client) {
        topic = topics.webhooksDeadLetters().name();
        replays = topics.notificationReplays().name();
        Map<String, Object> properties = new HashMap<>(client);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "waltally-webhooks-dead-letters");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MILLIS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Completes when the record is acknowledged. */
    CompletableFuture<Void> write(
            ConsumerRecord<byte[], byte[]> record, String endpoint, Optional<String> eventId, Exception reason) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        try {
            ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(
                    topic, null, record.timestamp(), record.key(), record.value(), headers(record, reason));
            letter.headers().add(DeadLetterHeaders.ENDPOINT, endpoint.getBytes(StandardCharsets.UTF_8));
            eventId.ifPresent(
                    id -> letter.headers().add(DeadLetterHeaders.EVENT_ID, id.getBytes(StandardCharsets.UTF_8)));
            var unused = producer.send(letter, (metadata, failure) -> {
                if (failure == null) {
                    written.complete(null);
                } else {
                    written.completeExceptionally(failure);
                }
            });
        } catch (KafkaException e) {
            written.completeExceptionally(e);
        }
        return written;
    }

    /** The headers of the record with the reason. A replayed event keeps its original place in the outbox. */
    private Headers headers(ConsumerRecord<byte[], byte[]> record, Exception reason) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        DeadLetterHeaders own = new DeadLetterHeaders(
                record.topic(),
                OptionalInt.of(record.partition()),
                OptionalLong.of(record.offset()),
                reason.getClass().getName(),
                reason.getMessage());
        if (record.topic().equals(replays)) {
            DeadLetterHeaders before = DeadLetterHeaders.from(headers);
            own = new DeadLetterHeaders(
                    before.topic(), before.partition(), before.offset(), own.exception(), own.message());
            DeadLetterHeaders.removeFrom(headers);
        }
        own.addTo(headers);
        return headers;
    }

    @Override
    public void close() {
        producer.close(STOP);
    }
}
