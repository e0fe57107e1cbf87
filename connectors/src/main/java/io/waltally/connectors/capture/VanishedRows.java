package io.waltally.connectors.capture;

import io.waltally.schemas.ChangeHeaders;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * After all rows of a table were read again, its topic's other rows are in the table no more: those whose last record is
 * older than the reading. One partition at a time; keeps its older keys in memory.
 */
final class VanishedRows {
    private static final Duration POLL = Duration.ofMillis(200);

    private final Map<String, Object> kafka;

    VanishedRows(Map<String, Object> kafka) {
        this.kafka = kafka;
    }

    /**
     * Finds the keys of vanished rows in what is committed.
     *
     * @param sequence of the first records that the reading, or the stream beside it, can have written
     */
    void find(String topic, int epoch, long sequence, Consumer<LiveKeys.Key> vanished) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            for (var info : consumer.partitionsFor(topic)) {
                TopicPartition partition = new TopicPartition(topic, info.partition());
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                long end = consumer.endOffsets(List.of(partition)).get(partition);
                Map<ByteBuffer, LiveKeys.Key> older = new LinkedHashMap<>();
                boolean allNew = false;
                while (!allNew && consumer.position(partition) < end) {
                    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                        ByteBuffer key = ByteBuffer.wrap(record.key());
                        if (record.value() != null && isOlder(record, epoch, sequence)) {
                            older.putIfAbsent(key, new LiveKeys.Key(partition, record.key()));
                        } else {
                            older.remove(key);
                            // A partition is in the order of history: nothing older follows.
                            allNew = older.isEmpty() && !isOlder(record, epoch, sequence);
                        }
                    }
                }
                older.values().forEach(vanished);
            }
        }
    }

    private static boolean isOlder(ConsumerRecord<?, ?> record, int epoch, long sequence) {
        ChangeHeaders headers = ChangeHeaders.from(record.headers());
        return headers.epoch() != epoch || Long.compareUnsigned(headers.sequence(), sequence) < 0;
    }
}
