package io.waltally.webhooks.event;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Records as the outbox has them. */
public final class Outbox {
    public static final String TOPIC = "outbox.notifications";

    private Outbox() {}

    public static OutboxEvent event(int partition, long offset, String subject) {
        return event(partition, offset, subject, "{}");
    }

    public static OutboxEvent event(int partition, long offset, String subject, String body) {
        return new OutboxEvent(
                "evt_" + partition + "_" + offset,
                "s3:ObjectCreated:Put",
                Optional.ofNullable(subject),
                Instant.EPOCH,
                record(partition, offset, body));
    }

    public static OutboxEvent event(String type, String subject) {
        return new OutboxEvent("evt_1", type, Optional.ofNullable(subject), Instant.EPOCH, record(0, 0, "{}"));
    }

    public static ConsumerRecord<byte[], byte[]> record(int partition, long offset, String value) {
        return new ConsumerRecord<>(
                TOPIC, partition, offset, new byte[0], value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }
}
