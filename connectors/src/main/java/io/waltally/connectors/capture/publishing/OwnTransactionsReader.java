package io.waltally.connectors.capture.publishing;

import io.waltally.schemas.ChangeHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what this producer wrote to a cdc topic: its committed records and those of its open transaction, not aborted
 * records or records of other producers.
 */
public final class OwnTransactionsReader {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long FIRST_PART = 2_000;
    private static final long PART_GROWTH = 10;

    private final Map<String, Object> kafka;

    public OwnTransactionsReader(Map<String, Object> kafka) {
        this.kafka = kafka;
    }

    /** Receives each record once, in order. */
    public interface Visitor {
        /** @param offset {@link Long#MAX_VALUE} for a record that was not sent yet */
        void visit(long offset, byte[] key, byte @Nullable [] value);
    }

    /** Returns the end offset of each partition by "topic-partition", while no transaction is open. */
    public Map<String, Long> ends(String topic) {
        Map<String, Long> ends = new HashMap<>();
        List<TopicPartition> partitions = partitions(topic);
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            consumer.endOffsets(partitions).forEach((partition, end) -> ends.put(partition.toString(), end));
        }
        return ends;
    }

    /**
     * Returns the partitions that end before the given offsets, with their ends; a partition that does not exist ends
     * at 0.
     *
     * @param ends by "topic-partition"
     */
    public Map<String, Long> shorterThan(Map<String, Long> ends) {
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

    /** Returns the first offset of each partition of these topics that does not begin at 0; a missing topic has none. */
    public Map<String, Long> beginnings(Set<String> topics) {
        Map<String, Long> later = new TreeMap<>();
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            consumer.beginningOffsets(existing(consumer, topics)).forEach((partition, beginning) -> {
                if (beginning > 0) {
                    later.put(partition.toString(), beginning);
                }
            });
        }
        return later;
    }

    /**
     * Returns the largest epoch of the last committed records of each partition of these topics; empty if there are none.
     * A missing topic has none.
     */
    public OptionalInt lastEpoch(Set<String> topics) {
        List<Integer> epochs = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            for (TopicPartition partition : existing(consumer, topics)) {
                long beginning = beginning(consumer, partition);
                int others = epochs.size();
                long size = FIRST_PART;
                for (long to = end(consumer, partition);
                        to > beginning && epochs.size() == others;
                        size *= PART_GROWTH) {
                    long from = Math.max(beginning, to - size);
                    readRecords(
                            consumer,
                            partition,
                            from,
                            to,
                            record -> epochs.add(
                                    ChangeHeaders.from(record.headers()).epoch()));
                    to = from;
                }
            }
        }
        return epochs.stream().mapToInt(Integer::intValue).max();
    }

    private static List<TopicPartition> existing(Consumer<byte[], byte[]> consumer, Set<String> topics) {
        return consumer.listTopics().values().stream()
                .flatMap(List::stream)
                .filter(info -> topics.contains(info.topic()))
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
    }

    public List<TopicPartition> partitions(String topic) {
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            return consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
        }
    }

    /** Receives a part of a partition. Returns whether no earlier part is needed. */
    public interface PartVisitor {
        boolean visit(Part part);
    }

    /** Adjacent records of a partition. */
    public interface Part {
        void read(Visitor visitor);
    }

    /**
     * Reads the whole partition.
     *
     * @param unsent records of the open transaction that were not sent yet
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    public void scan(TopicPartition partition, Collection<ProducerRecord<byte[], byte[]>> unsent, Visitor visitor) {
        try (Consumer<byte[], byte[]> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            // The last stable offset is the beginning of the open transaction; aborted records lie before it.
            long stable = end(consumer, partition);
            read(consumer, partition, beginning(consumer, partition), stable, visitor);
            readOpen(partition, stable, unsent, visitor);
        }
    }

    /**
     * Reads the partition backwards in parts of growing size, each in order, until the visitor needs no more.
     *
     * @param unsent as for {@code scan}
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    public void scanFromEnd(
            TopicPartition partition, Collection<ProducerRecord<byte[], byte[]>> unsent, PartVisitor visitor) {
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
        readRecords(
                consumer, partition, from, to, record -> visitor.visit(record.offset(), record.key(), record.value()));
    }

    private static void readRecords(
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long from,
            long to,
            java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        while (consumer.position(partition) < to) {
            consumer.poll(POLL).forEach(record -> {
                if (record.offset() < to && ChangeHeaders.arePresent(record.headers())) {
                    visitor.accept(record);
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
