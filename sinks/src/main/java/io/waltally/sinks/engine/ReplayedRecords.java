package io.waltally.sinks.engine;

import io.waltally.schemas.DeadLetterHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
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
 * since. A compacted topic keeps the last record of each key: where it does not have the record any more, there is a
 * later one, or its topic was created again, with all rows of today.
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
     * Why a record is not to be written; empty if it is.
     *
     * @param position offset of the next record that the sink reads of the record's partition
     */
    Optional<String> obstacle(ConsumerRecord<byte[], byte[]> record, long position) {
        if (order == SinkInput.Order.EVERY_RECORD && record.offset() < position) {
            return Optional.empty();
        }
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        try (Consumer<byte[], byte[]> reader = readers.get()) {
            reader.assign(List.of(partition));
            boolean inTopic = isInTopic(record, partition, reader);
            if (inTopic && record.offset() >= position) {
                return Optional.of("its record will be read again in its own place");
            }
            if (order == SinkInput.Order.EVERY_RECORD) {
                return Optional.empty();
            }
            // Tombstones expire, and the records before them are gone by then.
            if (!inTopic && record.value() != null) {
                return Optional.of("topic " + record.topic() + " does not have its record any more: a later one has"
                        + " replaced it, or the topic was created again, with the rows of then");
            }
            return hasOther(record, partition, inTopic ? record.offset() + 1 : 0, position, reader)
                    ? Optional.of("a later record of its key was written")
                    : Optional.empty();
        }
    }

    /** Whether the topic has this very record. A topic that was created again has others at its offsets. */
    private static boolean isInTopic(
            ConsumerRecord<byte[], byte[]> record, TopicPartition partition, Consumer<byte[], byte[]> reader) {
        Set<TopicPartition> one = Set.of(partition);
        long end = reader.endOffsets(one).get(partition);
        if (record.offset() >= end
                || record.offset() < reader.beginningOffsets(one).get(partition)) {
            return false;
        }
        reader.seek(partition, record.offset());
        while (reader.position(partition) <= record.offset()) {
            for (ConsumerRecord<byte[], byte[]> found : reader.poll(POLL)) {
                return found.offset() == record.offset()
                        && Arrays.equals(found.key(), record.key())
                        && Arrays.equals(found.value(), record.value())
                        && found.headers().equals(record.headers());
            }
        }
        return false;
    }

    /** Whether a partition has a record with the same key, from the first offset up to the second. */
    private static boolean hasOther(
            ConsumerRecord<byte[], byte[]> record,
            TopicPartition partition,
            long from,
            long to,
            Consumer<byte[], byte[]> reader) {
        long beginning = reader.beginningOffsets(Set.of(partition)).get(partition);
        reader.seek(partition, Math.max(beginning, from));
        while (reader.position(partition) < to) {
            for (ConsumerRecord<byte[], byte[]> other : reader.poll(POLL)) {
                if (other.offset() < to && Arrays.equals(other.key(), record.key())) {
                    return true;
                }
            }
        }
        return false;
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
}
