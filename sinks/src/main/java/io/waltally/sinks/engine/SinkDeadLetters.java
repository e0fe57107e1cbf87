package io.waltally.sinks.engine;

import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.target.TargetException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes records that a target refuses to the dead letter topic: as received, with the reason and the sink. A crash
 * before the target has committed its position may repeat a dead letter, with the same id. Reports the results of
 * replays.
 */
public final class SinkDeadLetters implements AutoCloseable {
    private static final int MAX_BLOCK_MILLIS = 10_000;
    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;
    private static final int DELIVERY_TIMEOUT_MILLIS = 30_000;
    private static final Duration STOP = Duration.ofSeconds(1);

    private final String topic;
    private final Topic<DeadLetterKey, DeadLetterEvent> events;
    private final Producer<byte[], byte[]> producer;

    /** @param client properties of Kafka's clients */
    public SinkDeadLetters(TopicCatalogue topics, Map<String, Object> client) {
        topic = topics.sinksDeadLetters().name();
        events = topics.deadLetterEvents();
        Map<String, Object> properties = new HashMap<>(client);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "waltally-sinks-dead-letters");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MILLIS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Returns when the record is acknowledged. */
    void write(ConsumerRecord<byte[], byte[]> record, Sink sink, TargetException reason) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        DeadLetterHeaders.removeFrom(headers);
        new DeadLetterHeaders(
                        record.topic(),
                        OptionalInt.of(record.partition()),
                        OptionalLong.of(record.offset()),
                        (reason.getCause() == null ? reason : reason.getCause())
                                .getClass()
                                .getName(),
                        reason.getMessage())
                .addTo(headers);
        long now = System.currentTimeMillis();
        DeadLetterHeaders.addTime(headers, now);
        DeadLetterHeaders.addOriginalTimestamp(headers, record.timestamp());
        headers.add(DeadLetterHeaders.SINK, sink.name().getBytes(StandardCharsets.UTF_8));
        send(new ProducerRecord<>(topic, null, now, record.key(), record.value(), headers));
    }

    /** Reports what became of a replay; returns when the event is acknowledged. */
    void report(ReplayRequest replay, Sink sink, DeadLetterEventType type, String detail) {
        send(events.serialized(
                replay.letter(), new DeadLetterEvent(type, replay.id(), Instant.now(), "sink " + sink.name(), detail)));
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        KafkaFutures.get(producer.send(record));
    }

    @Override
    public void close() {
        producer.close(STOP);
    }
}
