package io.waltally.connectors.capture;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
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
 * A cdc topic as its only writer sees it: what is committed, then what its own open transaction has written. Nothing of
 * what was aborted, by this writer or by the one before it.
 */
final class WriterView {
    private static final Duration POLL = Duration.ofMillis(200);

    private final Map<String, Object> kafka;

    WriterView(Map<String, Object> kafka) {
        this.kafka = kafka;
    }

    /** Gets each record once, in order. */
    interface Visitor {
        /** @param offset of a record that is not sent yet: after all others */
        void visit(long offset, byte[] key, byte @Nullable [] value);
    }

    /** "topic-partition" -> offset after all that is committed, while no transaction is open. */
    Map<String, Long> ends(String topic) {
        Map<String, Long> ends = new HashMap<>();
        List<TopicPartition> partitions = partitions(topic);
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            consumer.endOffsets(partitions).forEach((partition, end) -> ends.put(partition.toString(), end));
        }
        return ends;
    }

    List<TopicPartition> partitions(String topic) {
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            return consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
        }
    }

    /**
     * Reads the whole partition.
     *
     * @param unsent records of the open transaction that the cluster does not have yet; it has all the others
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    void scan(TopicPartition partition, Collection<ProducerRecord<byte[], byte[]>> unsent, Visitor visitor) {
        // The last stable offset is where the open transaction begins; all that was aborted lies before it.
        long stable = read(partition, IsolationLevel.READ_COMMITTED, 0, visitor);
        read(partition, IsolationLevel.READ_UNCOMMITTED, stable, visitor);
        for (ProducerRecord<byte[], byte[]> record : unsent) {
            if (partition.equals(new TopicPartition(record.topic(), record.partition()))) {
                visitor.visit(Long.MAX_VALUE, record.key(), record.value());
            }
        }
    }

    /** Returns the offset up to which that isolation level lets read. */
    private long read(TopicPartition partition, IsolationLevel isolation, long from, Visitor visitor) {
        List<TopicPartition> assigned = List.of(partition);
        try (Consumer<byte[], byte[]> consumer = consumer(isolation)) {
            consumer.assign(assigned);
            long end = consumer.endOffsets(assigned).get(partition);
            long beginning = consumer.beginningOffsets(assigned).get(partition);
            consumer.seek(partition, Math.max(from, beginning));
            while (consumer.position(partition) < end) {
                consumer.poll(POLL).forEach(record -> visitor.visit(record.offset(), record.key(), record.value()));
            }
            return end;
        }
    }

    private Consumer<byte[], byte[]> consumer(IsolationLevel isolation) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation.toString());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
