package io.waltally.app.deadletter;

import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Source;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * One record of a dead letter topic.
 *
 * @param record as it lies there
 */
public record DeadLetter(DeadLetterStage stage, DeadLetterHeaders reason, ConsumerRecord<byte[], byte[]> record) {
    /** @throws IllegalArgumentException if the record is no dead letter */
    static DeadLetter of(DeadLetterStage stage, ConsumerRecord<byte[], byte[]> record) {
        return new DeadLetter(stage, DeadLetterHeaders.from(record.headers()), record);
    }

    /**
     * A notification's own id; of any other record topic, partition and offset that it was read from, or its own place if it
     * comes from no topic.
     */
    public String id() {
        return DeadLetterHeaders.eventId(record.headers()).orElseGet(this::place);
    }

    private String place() {
        return reason.offset().isPresent() && reason.partition().isPresent()
                ? place(
                        reason.topic(),
                        reason.partition().getAsInt(),
                        reason.offset().getAsLong())
                : place(record.topic(), record.partition(), record.offset());
    }

    private static String place(String topic, int partition, long offset) {
        return topic + "-" + partition + "-" + offset;
    }

    /** That a notification could not be delivered to; empty if it is none. */
    public Optional<String> endpoint() {
        return DeadLetterHeaders.endpoint(record.headers());
    }

    /** Empty if its topic is not one of a source. */
    public Optional<Source> source() {
        return Arrays.stream(Source.values())
                .filter(source -> reason.topic().startsWith(source.topicOf("")))
                .findFirst();
    }

    /** Of the change that it is about. */
    public Instant time() {
        return Instant.ofEpochMilli(record.timestamp());
    }

    /** Whether the tallies that it belongs to are known, and shown as degraded until it is repaired. */
    public boolean isAttributed() {
        return record.headers().lastHeader(DeadLetterHeaders.UNATTRIBUTED) == null;
    }
}
