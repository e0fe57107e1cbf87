package io.waltally.sinks.engine;

import io.waltally.schemas.DeadLetterHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dead letters that an operator put back. Such a record takes effect only if no later one of its key has been written
 * since.
 */
final class ReplayedRecords {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayedRecords.class);
    private static final Duration POLL = Duration.ofSeconds(1);

    private final Sink sink;
    private final SinkInput.Order order;
    private final Supplier<Consumer<byte[], byte[]>> readers;

    /** @param readers makes consumers without a group */
    ReplayedRecords(Sink sink, SinkInput.Order order, Supplier<Consumer<byte[], byte[]>> readers) {
        this.sink = sink;
        this.order = order;
        this.readers = readers;
    }

    /** The dead letter as it was in its topic; empty if it is one of another sink, or not to be understood. */
    Optional<ConsumerRecord<byte[], byte[]>> original(ConsumerRecord<byte[], byte[]> replay) {
        if (!DeadLetterHeaders.sink(replay.headers()).equals(Optional.of(sink.name()))) {
            return Optional.empty();
        }
        try {
            return Optional.of(original(replay, DeadLetterHeaders.from(replay.headers())));
        } catch (IllegalArgumentException | NoSuchElementException e) {
            LOG.warn(
                    "sink {}: skipped {}-{} offset {}: its headers do not identify the original record: {}",
                    sink,
                    replay.topic(),
                    replay.partition(),
                    replay.offset(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    private static ConsumerRecord<byte[], byte[]> original(
            ConsumerRecord<byte[], byte[]> replay, DeadLetterHeaders origin) {
        Headers headers = new RecordHeaders(replay.headers().toArray());
        long timestamp = DeadLetterHeaders.originalTimestamp(headers, replay.timestamp());
        DeadLetterHeaders.removeFrom(headers);
        return new ConsumerRecord<>(
                origin.topic(),
                origin.partition().orElseThrow(),
                origin.offset().orElseThrow(),
                timestamp,
                TimestampType.CREATE_TIME,
                replay.serializedKeySize(),
                replay.serializedValueSize(),
                replay.key(),
                replay.value(),
                headers,
                Optional.empty());
    }

    /**
     * Whether a record is to be written.
     *
     * @param position offset of the next record that the sink reads of the record's partition
     */
    boolean takesEffect(ConsumerRecord<byte[], byte[]> record, long position) {
        String place = record.topic() + "-" + record.partition() + "-" + record.offset();
        if (record.offset() >= position) {
            LOG.info("sink {}: skipped replay of {}: the original record will be read again", sink, place);
            return false;
        }
        if (order == SinkInput.Order.LATEST_PER_KEY && isSuperseded(record, position)) {
            LOG.info("sink {}: dead letter {} is skipped: a later record of its key was written", sink, place);
            return false;
        }
        LOG.info("sink {}: dead letter {} is written again", sink, place);
        return true;
    }

    /**
     * The replays that a partition of the replay topic still has.
     *
     * @param to exclusive
     */
    List<ConsumerRecord<byte[], byte[]>> between(TopicPartition partition, long from, long to) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (Consumer<byte[], byte[]> reader = readers.get()) {
            reader.assign(List.of(partition));
            long beginning = reader.beginningOffsets(List.of(partition)).get(partition);
            reader.seek(partition, Math.max(beginning, from));
            while (reader.position(partition) < to) {
                for (ConsumerRecord<byte[], byte[]> record : reader.poll(POLL)) {
                    if (record.offset() < to) {
                        found.add(record);
                    }
                }
            }
        }
        return found;
    }

    private boolean isSuperseded(ConsumerRecord<byte[], byte[]> record, long position) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        try (Consumer<byte[], byte[]> reader = readers.get()) {
            reader.assign(List.of(partition));
            long beginning = reader.beginningOffsets(List.of(partition)).get(partition);
            reader.seek(partition, Math.max(beginning, record.offset() + 1));
            while (reader.position(partition) < position) {
                for (ConsumerRecord<byte[], byte[]> later : reader.poll(POLL)) {
                    if (later.offset() < position && Arrays.equals(later.key(), record.key())) {
                        return true;
                    }
                }
            }
            return false;
        }
    }
}
