package io.waltally.sinks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Source;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplayedRecordsTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final String FORMER = "does not have its record any more";

    @Test
    void replayOfTheLastRecordOfItsKeyIsWritten() {
        assertThat(obstacle(
                        record(7, "a", "1"), List.of(record(5, "b", "1"), record(7, "a", "1"), record(9, "b", "2"))))
                .isEmpty();
    }

    @Test
    void replayBeforeALaterRecordOfItsKeyIsSkipped() {
        assertThat(obstacle(record(7, "a", "1"), List.of(record(7, "a", "1"), record(9, "a", "2"))))
                .hasValue("a later record of its key was written");
    }

    /** The snapshot of today's rows may have fewer records than the former topic. */
    @Test
    void replayOfAFormerTopicReplacesNoRowOfToday() {
        assertThat(obstacle(
                        record(7, "a", "1"), List.of(record(3, "a", "2"), record(7, "b", "1"), record(9, "c", "1"))))
                .hasValueSatisfying(reason -> assertThat(reason).contains(FORMER));
        assertThat(obstacle(record(7, "a", "1"), List.of(record(3, "a", "2"))))
                .hasValueSatisfying(reason -> assertThat(reason).contains(FORMER));
        assertThat(obstacle(record(7, "a", "1"), List.of(record(3, "a", "2"), record(7, "a", "2"))))
                .as("the same row, as it is today")
                .hasValueSatisfying(reason -> assertThat(reason).contains(FORMER));
    }

    @Test
    void replayOfACompactedRecordIsSkippedThoughTheLaterOneIsNotReadYet() {
        assertThat(obstacle(record(7, "a", "1"), List.of(record(5, "b", "1"), record(9, "c", "1"))))
                .hasValueSatisfying(reason -> assertThat(reason).contains(FORMER));
    }

    @Test
    void replayOfAnExpiredDeletionIsWrittenUnlessTheRowIsThere() {
        assertThat(obstacle(record(7, "a", null), List.of(record(5, "b", "1"), record(9, "c", "1"))))
                .isEmpty();
        assertThat(obstacle(record(7, "a", null), List.of(record(5, "a", "1"), record(9, "c", "1"))))
                .hasValue("a later record of its key was written");
    }

    @Test
    void notificationOfAFormerOutboxIsWritten() {
        ConsumerRecord<byte[], byte[]> former = record(7, "a", "1");
        assertThat(obstacle(SinkInput.Order.EVERY_RECORD, 3, former, List.of(record(2, "b", "1"))))
                .as("there is no such record to be read again")
                .isEmpty();
        assertThat(obstacle(SinkInput.Order.EVERY_RECORD, 3, former, List.of(record(2, "b", "1"), record(7, "b", "2"))))
                .isEmpty();
        assertThat(obstacle(SinkInput.Order.EVERY_RECORD, 3, former, List.of(record(2, "b", "1"), record(7, "a", "1"))))
                .as("after a reset")
                .hasValue("its record will be read again in its own place");
        assertThat(obstacle(SinkInput.Order.EVERY_RECORD, 10, former, List.of(record(9, "b", "1"))))
                .isEmpty();
    }

    /** Of a sink of rows that has read the topic to its end. */
    private static Optional<String> obstacle(
            ConsumerRecord<byte[], byte[]> replayed, List<ConsumerRecord<byte[], byte[]>> topic) {
        return obstacle(
                SinkInput.Order.LATEST_PER_KEY, topic.get(topic.size() - 1).offset() + 1, replayed, topic);
    }

    private static Optional<String> obstacle(
            SinkInput.Order order,
            long position,
            ConsumerRecord<byte[], byte[]> replayed,
            List<ConsumerRecord<byte[], byte[]>> topic) {
        MockConsumer<byte[], byte[]> reader = new MockConsumer<>("none");
        reader.updateBeginningOffsets(Map.of(PARTITION, 0L));
        reader.updateEndOffsets(Map.of(PARTITION, topic.get(topic.size() - 1).offset() + 1));
        for (int poll = 0; poll < 2; poll++) {
            reader.schedulePollTask(() -> topic.forEach(reader::addRecord));
        }
        Sink sink = new Sink(
                "sink",
                "type",
                "destination",
                Source.S3,
                new SinkInput.Partitions(Set.of(PARTITION.topic()), SinkInput.Start.BEGINNING, order),
                Sink.OnRefused.DEAD_LETTER,
                () -> {
                    throw new AssertionError("no target is needed");
                },
                Optional::empty);
        return new ReplayedRecords(sink, order, () -> reader).obstacle(replayed, position);
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, String key, @Nullable String value) {
        return new ConsumerRecord<>(
                PARTITION.topic(),
                PARTITION.partition(),
                offset,
                key.getBytes(StandardCharsets.UTF_8),
                value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }
}
