package io.waltally.webhooks.event;

import io.cloudevents.CloudEvent;
import io.cloudevents.jackson.JsonFormat;
import io.waltally.schemas.DeadLetterHeaders;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A notification of the outbox.
 *
 * @param id the same in every delivery of the event
 * @param committedAt commit time of the cause
 * @param record as read
 */
public record OutboxEvent(
        String id, String type, Optional<String> subject, Instant committedAt, ConsumerRecord<byte[], byte[]> record) {
    private static final JsonFormat FORMAT = new JsonFormat();
    private static final String NO_EVENT = "the record is no CloudEvent in structured JSON";

    /** @throws IllegalArgumentException if the record is not a CloudEvent in structured JSON */
    public static OutboxEvent of(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            throw new IllegalArgumentException("the record has no value");
        }
        @Nullable CloudEvent event;
        try {
            event = FORMAT.deserialize(record.value());
        } catch (RuntimeException e) {
            // The message may contain a part of the record.
            throw new IllegalArgumentException(NO_EVENT, e);
        }
        // The JSON text null.
        if (event == null) {
            throw new IllegalArgumentException(NO_EVENT);
        }
        return new OutboxEvent(
                event.getId(),
                event.getType(),
                Optional.ofNullable(event.getSubject()),
                event.getTime() == null
                        ? Instant.ofEpochMilli(
                                DeadLetterHeaders.originalTimestamp(record.headers(), record.timestamp()))
                        : event.getTime().toInstant(),
                record);
    }

    /** The request body: the event exactly as in the outbox. */
    public byte[] body() {
        return record.value();
    }

    public TopicPartition partition() {
        return new TopicPartition(record.topic(), record.partition());
    }

    public long offset() {
        return record.offset();
    }

    @Override
    public String toString() {
        return id + " (" + type + ") at " + partition() + "-" + offset();
    }
}
