package io.waltally.app.tally;

import io.waltally.app.config.KafkaSettings;
import io.waltally.schemas.Counted;
import io.waltally.schemas.UngroupedConsumer;
import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads whole topics without a consumer group: committed records only, deserialized by their serdes. Logs and skips
 * those that cannot be read, which others wrote, unless a handler is set. Not thread-safe, except {@link #wakeup}.
 */
public final class CommittedReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CommittedReader.class);

    private static final Duration POLL = Duration.ofMillis(100);

    /** The longest time without progress, while the broker answers, before reading fails. */
    private static final Duration MAX_STANDSTILL = Duration.ofSeconds(30);

    private final Consumer<byte[], byte[]> consumer;
    private final Map<String, Reading<?, ?>> readings = new HashMap<>();
    /** Actions that ask the brokers where to begin. */
    private final Deque<Runnable> placements = new ArrayDeque<>();

    private UnreadableHandler unreadable = CommittedReader::skip;

    /** Handles records. */
    @FunctionalInterface
    public interface Handler<K, V> {
        /** @param value null for a tombstone */
        void accept(K key, V value, ConsumerRecord<byte[], byte[]> record);
    }

    /** Handles records that cannot be deserialized. */
    @FunctionalInterface
    public interface UnreadableHandler {
        void accept(ConsumerRecord<byte[], byte[]> record, SerializationException failure);
    }

    public CommittedReader(KafkaSettings kafka) {
        this(kafka, Map.of());
    }

    /** @param properties of the consumer, beside those of the configuration */
    public CommittedReader(KafkaSettings kafka, Map<String, Object> properties) {
        this(consumer(kafka, properties));
    }

    CommittedReader(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /** A consumer of committed records without a group, whose positions are set explicitly. */
    public static Consumer<byte[], byte[]> consumer(KafkaSettings kafka, Map<String, Object> own) {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.putAll(own);
        properties.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString().toLowerCase(Locale.ROOT));
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // Positions are always set explicitly; a lost record must not be skipped.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        return new UngroupedConsumer(properties);
    }

    /** Adds a topic, from its first record on. */
    public <K, V> CommittedReader from(Topic<K, V> topic, Handler<? super K, ? super V> handler) {
        List<TopicPartition> partitions = assign(topic, handler);
        consumer.seekToBeginning(partitions);
        return this;
    }

    /** Leaves records that cannot be deserialized to a handler, which may {@link #skip} them. */
    public CommittedReader onUnreadable(UnreadableHandler handler) {
        unreadable = handler;
        return this;
    }

    /** Logs a record that cannot be deserialized. */
    public static void skip(ConsumerRecord<byte[], byte[]> record, SerializationException failure) {
        LOG.warn(
                "skipped {}-{} offset {}: {}",
                record.topic(),
                record.partition(),
                record.offset(),
                failure.getMessage());
    }

    /** Adds a topic, from the next record on. */
    public <K, V> CommittedReader tail(Topic<K, V> topic, Handler<? super K, ? super V> handler) {
        List<TopicPartition> partitions = assign(topic, handler);
        consumer.seekToEnd(partitions);
        return this;
    }

    /**
     * Adds a topic, in each partition with what there is of the last offsets, and from an offset on at the earliest.
     */
    public <K, V> CommittedReader last(
            long offsets,
            Map<TopicPartition, Long> earliest,
            Topic<K, V> topic,
            Handler<? super K, ? super V> handler) {
        List<TopicPartition> partitions = assign(topic, handler);
        placements.add(() -> {
            Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
            consumer.endOffsets(partitions)
                    .forEach((partition, end) -> consumer.seek(
                            partition,
                            Math.min(
                                    end,
                                    Math.max(
                                            Math.max(beginnings.get(partition), end - offsets),
                                            earliest.getOrDefault(partition, 0L)))));
        });
        return this;
    }

    /** Adds a topic, in each partition with what there is of the last offsets. */
    public <K, V> CommittedReader last(long offsets, Topic<K, V> topic, Handler<? super K, ? super V> handler) {
        return last(offsets, Map.of(), topic, handler);
    }

    private void place() {
        while (!placements.isEmpty()) {
            placements.element().run();
            placements.remove();
        }
    }

    /** Adds a topic, in each partition from the first record that is not older than the time. */
    public <K, V> CommittedReader since(Instant time, Topic<K, V> topic, Handler<? super K, ? super V> handler) {
        Map<TopicPartition, Long> times = new HashMap<>();
        assign(topic, handler).forEach(partition -> times.put(partition, time.toEpochMilli()));
        consumer.offsetsForTimes(times).forEach((partition, first) -> {
            if (first == null) {
                consumer.seekToEnd(List.of(partition));
            } else {
                consumer.seek(partition, first.offset());
            }
        });
        return this;
    }

    private <K, V> List<TopicPartition> assign(Topic<K, V> topic, Handler<? super K, ? super V> handler) {
        readings.put(topic.name(), new Reading<>(topic, handler));
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            partitions.add(new TopicPartition(topic.name(), partition));
        }
        List<TopicPartition> assigned = new ArrayList<>(consumer.assignment());
        assigned.addAll(partitions);
        consumer.assign(assigned);
        return partitions;
    }

    /**
     * Handles the records that arrive within the timeout.
     *
     * @throws RuntimeException if the registry does not answer, or the handler fails; the next call begins with that
     *     record again
     * @throws org.apache.kafka.clients.consumer.OffsetOutOfRangeException if the next record to read was deleted
     * @throws org.apache.kafka.common.errors.WakeupException after {@link #wakeup}
     */
    public void poll(Duration time) {
        place();
        ConsumerRecords<byte[], byte[]> records = consumer.poll(time);
        for (TopicPartition partition : records.partitions()) {
            for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                try {
                    readings.get(record.topic()).handle(record, unreadable);
                } catch (RuntimeException e) {
                    rewind(records, partition, record);
                    throw e;
                }
            }
        }
    }

    /** Seeks back to records that were polled and not handled; records of other partitions may repeat. */
    private void rewind(
            ConsumerRecords<byte[], byte[]> records, TopicPartition failed, ConsumerRecord<byte[], byte[]> record) {
        for (TopicPartition partition : records.partitions()) {
            consumer.seek(partition, records.records(partition).get(0).offset());
        }
        consumer.seek(failed, record.offset());
    }

    /**
     * Skips the backlog of a topic if it has more records than the given number.
     *
     * @return the largest number of records that may have been skipped
     */
    public long skipBacklog(Topic<?, ?> topic, long most) {
        List<TopicPartition> partitions = consumer.assignment().stream()
                .filter(partition -> partition.topic().equals(topic.name()))
                .toList();
        long backlog = partitions.stream()
                .mapToLong(partition -> consumer.currentLag(partition).orElse(0))
                .sum();
        if (backlog > most) {
            consumer.seekToEnd(partitions);
            return backlog;
        }
        return 0;
    }

    /** Fetches nothing from these partitions, and from all others again. */
    public void pauseOnly(Collection<TopicPartition> partitions) {
        consumer.resume(consumer.assignment());
        consumer.pause(partitions);
    }

    /** The offset of the next record to handle. */
    public long position(TopicPartition partition) {
        place();
        return consumer.position(partition);
    }

    /** The end offset of each partition, for read_committed. */
    public Map<TopicPartition, Long> ends() {
        place();
        return consumer.endOffsets(consumer.assignment());
    }

    /** The offset of the first record of each partition that still exists. */
    public Map<TopicPartition, Long> beginnings() {
        return consumer.beginningOffsets(consumer.assignment());
    }

    /** Whether all records below the given offsets were handled. */
    public boolean reached(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /**
     * Reads up to the current ends, however much that is.
     *
     * @throws TimeoutException if no record arrives for 30 seconds
     */
    public void readToEnd() {
        readToEnd(Duration.ofNanos(Long.MAX_VALUE));
    }

    /**
     * Reads up to the current ends.
     *
     * @throws TimeoutException if that takes longer than the limit, or if no record arrives for 30 seconds
     */
    public void readToEnd(Duration limit) {
        long began = System.nanoTime();
        Map<TopicPartition, Long> ends = ends();
        long left = left(ends);
        long advanced = began;
        while (left > 0) {
            poll(POLL);
            long now = System.nanoTime();
            long before = left;
            left = left(ends);
            if (left < before) {
                advanced = now;
            }
            boolean isLate = now - began > limit.toNanos() || now - advanced > MAX_STANDSTILL.toNanos();
            if (left > 0 && isLate) {
                throw new TimeoutException("%s could not be read within %d s: at most %s left"
                        .formatted(
                                String.join(", ", new TreeSet<>(readings.keySet())),
                                Duration.ofNanos(now - began).toSeconds(),
                                Counted.of(left, "record")));
            }
        }
    }

    private long left(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream()
                .mapToLong(end -> Math.max(0, end.getValue() - consumer.position(end.getKey())))
                .sum();
    }

    public void wakeup() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close();
    }

    private record Reading<K, V>(Topic<K, V> topic, Handler<? super K, ? super V> handler) {
        void handle(ConsumerRecord<byte[], byte[]> record, UnreadableHandler unreadable) {
            K key;
            V value;
            try {
                key = topic.keySerde().deserializer().deserialize(record.topic(), record.key());
                value = record.value() == null
                        ? null
                        : topic.valueSerde().deserializer().deserialize(record.topic(), record.value());
            } catch (SerializationException e) {
                unreadable.accept(record, e);
                return;
            }
            handler.accept(key, value, record);
        }
    }
}
