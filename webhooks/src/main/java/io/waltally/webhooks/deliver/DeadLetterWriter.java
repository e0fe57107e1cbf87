package io.waltally.webhooks.deliver;

import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends undeliverable events to the dead letter topic: as received, with the reason and the endpoint. Reports the results
 * of replays.
 */
public final class DeadLetterWriter implements AutoCloseable {
    private static final int MAX_BLOCK_MILLIS = 10_000;
    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;
    private static final int DELIVERY_TIMEOUT_MILLIS = 30_000;
    private static final Duration STOP = Duration.ofSeconds(1);

    private final String topic;
    private final String replays;
    private final Topic<DeadLetterKey, DeadLetterEvent> events;
    private final Producer<byte[], byte[]> producer;

    /** A registry that does not answer holds up reports only. */
    private final ExecutorService reporter = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "webhooks-replay-results");
        thread.setDaemon(true);
        return thread;
    });

    /** @param client properties of Kafka's clients */
    public DeadLetterWriter(TopicCatalogue topics, Map<String, Object> client) {
        topic = topics.webhooksDeadLetters().name();
        replays = topics.notificationReplays().name();
        events = topics.deadLetterEvents();
        Map<String, Object> properties = new HashMap<>(client);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "waltally-webhooks-dead-letters");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MILLIS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * Completes when the record is acknowledged.
     *
     * @param attempts number of failed attempts
     */
    CompletableFuture<Void> write(
            ConsumerRecord<byte[], byte[]> record,
            String endpoint,
            Optional<String> eventId,
            int attempts,
            Exception reason) {
        long now = System.currentTimeMillis();
        ProducerRecord<byte[], byte[]> letter =
                new ProducerRecord<>(topic, null, now, record.key(), record.value(), headers(record, reason));
        letter.headers()
                .add(DeadLetterHeaders.ENDPOINT, utf8(endpoint))
                .add(DeadLetterHeaders.ATTEMPTS, utf8(Integer.toString(attempts)));
        DeadLetterHeaders.addTime(letter.headers(), now);
        eventId.ifPresent(id -> letter.headers().add(DeadLetterHeaders.EVENT_ID, utf8(id)));
        return send(letter);
    }

    /** Reports what became of a replay. Completes when the event is acknowledged. */
    CompletableFuture<Void> report(ReplayRequest replay, String endpoint, DeadLetterEventType type, String detail) {
        return CompletableFuture.supplyAsync(
                        () -> events.serialized(
                                replay.letter(),
                                new DeadLetterEvent(
                                        type, replay.id(), Instant.now(), "webhooks to " + endpoint, detail)),
                        reporter)
                .thenCompose(this::send);
    }

    private CompletableFuture<Void> send(ProducerRecord<byte[], byte[]> record) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        try {
            var unused = producer.send(record, (metadata, failure) -> {
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
        long timestamp = record.timestamp();
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
            timestamp = DeadLetterHeaders.originalTimestamp(headers, timestamp);
            DeadLetterHeaders.removeFrom(headers);
        }
        own.addTo(headers);
        DeadLetterHeaders.addOriginalTimestamp(headers, timestamp);
        return headers;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        reporter.shutdownNow();
        producer.close(STOP);
    }
}
