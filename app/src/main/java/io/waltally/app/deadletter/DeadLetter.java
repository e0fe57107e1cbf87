package io.waltally.app.deadletter;

import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Source;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A record of a dead letter topic.
 *
 * @param record as stored in the topic
 * @param content hash of key and value
 */
public record DeadLetter(
        DeadLetterStage stage, DeadLetterHeaders reason, ConsumerRecord<byte[], byte[]> record, int content) {
    private static final int PRIME = 31;

    /** @throws IllegalArgumentException if the record is not a dead letter */
    static DeadLetter of(DeadLetterStage stage, ConsumerRecord<byte[], byte[]> record) {
        return new DeadLetter(
                stage,
                DeadLetterHeaders.from(record.headers()),
                record,
                PRIME * Arrays.hashCode(record.key()) + Arrays.hashCode(record.value()));
    }

    /** The same letter without key and value, for those who only count. */
    DeadLetter withoutContent() {
        return new DeadLetter(
                stage,
                reason,
                new ConsumerRecord<>(
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        record.timestamp(),
                        record.timestampType(),
                        record.serializedKeySize(),
                        record.serializedValueSize(),
                        null,
                        null,
                        record.headers(),
                        record.leaderEpoch()),
                content);
    }

    /** The id, and the endpoint or sink that did not take the record. */
    public String name() {
        return id()
                + endpoint().or(this::sink).map(receiver -> " to " + receiver).orElse("");
    }

    /**
     * The name, and a hash of what was set aside and when: after a restore of Kafka, another letter may have the same
     * offset.
     */
    String fingerprint() {
        Header time = record.headers().lastHeader(DeadLetterHeaders.SET_ASIDE_AT);
        int incarnation = PRIME * content + (time == null ? 0 : Arrays.hashCode(time.value()));
        return name() + " #" + Integer.toHexString(incarnation);
    }

    /** Equal for letters of which only the last one counts. */
    DeadLetterIdentity identity() {
        return new DeadLetterIdentity(stage, name(), content);
    }

    /** The number of attempts to deliver a notification; empty for other dead letters, and if unknown. */
    public OptionalInt attempts() {
        return DeadLetterHeaders.attempts(record.headers());
    }

    /**
     * The id: that of a notification; for any other record its original topic, partition and offset; or its place in
     * the dead letter topic if it comes from no topic.
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

    /** The endpoint of an undeliverable notification; empty for other dead letters. */
    public Optional<String> endpoint() {
        return DeadLetterHeaders.endpoint(record.headers());
    }

    /** The sink whose target refused the record; empty for other dead letters. */
    public Optional<String> sink() {
        return DeadLetterHeaders.sink(record.headers());
    }

    /** The source; empty if the topic belongs to none. */
    public Optional<Source> source() {
        return Arrays.stream(Source.values())
                .filter(source -> reason.topic().startsWith(source.topicOf("")))
                .findFirst();
    }

    /** The endpoint or sink that it was for, or else its source; empty if the topic belongs to none. */
    public Optional<String> owner() {
        return endpoint().or(this::sink).or(() -> source().map(Source::id));
    }

    /** The timestamp of the original record. */
    public Instant time() {
        return Instant.ofEpochMilli(DeadLetterHeaders.originalTimestamp(record.headers(), record.timestamp()));
    }

    /** Whether the affected tallies are known, and marked as degraded until the dead letter is repaired. */
    public boolean isAttributed() {
        return record.headers().lastHeader(DeadLetterHeaders.UNATTRIBUTED) == null;
    }
}
