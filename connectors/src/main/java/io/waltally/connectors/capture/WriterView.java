package io.waltally.connectors.capture;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    private static final long FIRST_PART = 2_000;
    private static final long PART_GROWTH = 10;

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

    /**
     * Of partitions those that end earlier than they should, with their ends; one that does not exist ends at 0.
     *
     * @param ends by "topic-partition"
     */
    Map<String, Long> shorterThan(Map<String, Long> ends) {
        Map<String, Long> shorter = new TreeMap<>();
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            List<TopicPartition> there = consumer.listTopics().values().stream()
                    .flatMap(List::stream)
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .filter(partition -> ends.containsKey(partition.toString()))
                    .toList();
            Map<String, Long> now = new HashMap<>();
            consumer.endOffsets(there).forEach((partition, end) -> now.put(partition.toString(), end));
            ends.forEach((partition, end) -> {
                long itsEnd = now.getOrDefault(partition, 0L);
                if (itsEnd < end) {
                    shorter.put(partition, itsEnd);
                }
            });
        }
        return shorter;
    }

    List<TopicPartition> partitions(String topic) {
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            return consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
        }
    }

    /** Gets a part of a partition, which it may read; says whether it needs none before it. */
    interface PartVisitor {
        boolean visit(Part part);
    }

    /** Some records of a partition that lie side by side. */
    interface Part {
        void read(Visitor visitor);
    }

    /**
     * Reads the whole partition.
     *
     * @param unsent records of the open transaction that the cluster does not have yet; it has all the others
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    void scan(TopicPartition partition, Collection<ProducerRecord<byte[], byte[]>> unsent, Visitor visitor) {
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            // The last stable offset is where the open transaction begins; all that was aborted lies before it.
            long stable = end(consumer, partition);
            read(consumer, partition, beginning(consumer, partition), stable, visitor);
            readOpen(partition, stable, unsent, visitor);
        }
    }

    /**
     * Reads the partition from its end, in parts that grow, each of them in order, for as long as the visitor needs more.
     *
     * @param unsent as for a scan
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    void scanFromEnd(TopicPartition partition, Collection<ProducerRecord<byte[], byte[]>> unsent, PartVisitor visitor) {
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            long stable = end(consumer, partition);
            long beginning = beginning(consumer, partition);
            boolean enough = visitor.visit(each -> readOpen(partition, stable, unsent, each));
            long size = FIRST_PART;
            for (long to = stable; to > beginning && !enough; size *= PART_GROWTH) {
                long from = Math.max(beginning, to - size);
                long until = to;
                enough = visitor.visit(each -> read(consumer, partition, from, until, each));
                to = from;
            }
        }
    }

    private void readOpen(
            TopicPartition partition, long stable, Collection<ProducerRecord<byte[], byte[]>> unsent, Visitor visitor) {
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_UNCOMMITTED)) {
            read(consumer, partition, stable, end(consumer, partition), visitor);
        }
        for (ProducerRecord<byte[], byte[]> record : unsent) {
            if (partition.equals(new TopicPartition(record.topic(), record.partition()))) {
                visitor.visit(Long.MAX_VALUE, record.key(), record.value());
            }
        }
    }

    private static void read(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, long from, long to, Visitor visitor) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        while (consumer.position(partition) < to) {
            consumer.poll(POLL).forEach(record -> {
                if (record.offset() < to) {
                    visitor.visit(record.offset(), record.key(), record.value());
                }
            });
        }
    }

    private static long end(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
        return consumer.endOffsets(List.of(partition)).get(partition);
    }

    private static long beginning(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
        return consumer.beginningOffsets(List.of(partition)).get(partition);
    }

    private Consumer<byte[], byte[]> consumer(IsolationLevel isolation) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation.toString());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
