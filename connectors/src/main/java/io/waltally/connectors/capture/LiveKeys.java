package io.waltally.connectors.capture;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a table as its topic has them, for a TRUNCATE, which names none: each gets a tombstone. Reads the whole
 * topic and keeps its live keys in memory.
 */
final class LiveKeys {
    private static final Duration POLL = Duration.ofMillis(200);

    private final Map<String, Object> kafka;

    LiveKeys(Map<String, Object> kafka) {
        this.kafka = kafka;
    }

    /** A key whose last record in the topic is a row. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Key(TopicPartition partition, byte[] bytes) {
        ProducerRecord<byte[], byte[]> tombstone(long timestamp) {
            byte[] none = null;
            return new ProducerRecord<>(partition.topic(), partition.partition(), timestamp, bytes, none);
        }
    }

    /**
     * The live keys, the open transaction's included: what was sent is read uncommitted. A row of an aborted transaction
     * may be among them; its tombstone removes nothing.
     *
     * @param held records of the open transaction that are not sent yet
     */
    Collection<Key> of(String topic, Collection<ProducerRecord<byte[], byte[]>> held) {
        Map<ByteBuffer, Key> live = new LinkedHashMap<>();
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_UNCOMMITTED.toString());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (var record : consumer.poll(POLL)) {
                    see(live, new TopicPartition(topic, record.partition()), record.key(), record.value());
                }
            }
        }
        for (ProducerRecord<byte[], byte[]> record : held) {
            if (record.topic().equals(topic)) {
                see(live, new TopicPartition(topic, record.partition()), record.key(), record.value());
            }
        }
        return live.values();
    }

    private static void see(Map<ByteBuffer, Key> live, TopicPartition partition, byte[] key, byte @Nullable [] value) {
        if (value == null) {
            live.remove(ByteBuffer.wrap(key));
        } else {
            live.put(ByteBuffer.wrap(key), new Key(partition, key));
        }
    }
}
