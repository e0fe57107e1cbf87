package io.waltally.schemas.request;

import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Writes requests of operators into a compacted topic with one partition, for all instances. A request changes the last
 * one of its key, in an {@link ExclusiveTransaction}, so that none is lost if several write at once.
 */
public final class RequestWriter<K, V> {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final Duration TIMEOUT = Duration.ofMillis(TIMEOUT_MILLIS);
    private static final Duration POLL = Duration.ofMillis(100);

    private final Topic<K, V> topic;
    private final RequestRecords<K, V> records;
    private final String transactionalId;
    private final Map<String, Object> client;
    private final ExclusiveTransaction transaction;

    /** @param client properties of Kafka's clients */
    public RequestWriter(Topic<K, V> topic, String transactionalId, Map<String, Object> client) {
        this.topic = topic;
        this.records = new RequestRecords<>(topic);
        this.transactionalId = transactionalId;
        this.client = Map.copyOf(client);
        this.transaction = new ExclusiveTransaction(transactionalId, client);
    }

    /**
     * Replaces the last request of a key.
     *
     * @param change from the last request, empty if there is none, to the next one, empty to remove it; may be called
     *     more than once; what it throws is thrown, and nothing is written
     * @return the next request
     * @throws KafkaException if it could not be written, or the last request cannot be read
     */
    public Optional<V> change(K key, UnaryOperator<Optional<V>> change) {
        AtomicReference<Optional<V>> changed = new AtomicReference<>(Optional.empty());
        transaction.write(() -> {
            changed.set(change.apply(last(key)));
            return List.of(record(key, changed.get()));
        });
        return changed.get();
    }

    private ProducerRecord<byte[], byte[]> record(K key, Optional<V> value) {
        return new ProducerRecord<>(
                topic.name(),
                0,
                topic.keySerde().serializer().serialize(topic.name(), key),
                value.map(known -> topic.valueSerde().serializer().serialize(topic.name(), known))
                        .orElse(null));
    }

    private Optional<V> last(K key) {
        Optional<ConsumerRecord<byte[], byte[]>> last = Optional.empty();
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        try (Consumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException(topic.name() + " was not read within " + TIMEOUT.toSeconds() + " s");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (records.key(record).filter(key::equals).isPresent()) {
                        last = Optional.of(record);
                    }
                }
            }
        }
        return last.flatMap(this::request);
    }

    private Optional<V> request(ConsumerRecord<byte[], byte[]> record) {
        try {
            return records.value(record);
        } catch (SerializationException e) {
            // Without its cause, which commands would take for a failure of the registry.
            throw new SerializationException(
                    ("the last request of this key, %s-%d offset %d, cannot be read, and is not replaced;"
                                    + " was it written by a later version? %s")
                            .formatted(record.topic(), record.partition(), record.offset(), e.getMessage()));
        }
    }

    private Consumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(client);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, transactionalId);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString().toLowerCase(Locale.ROOT));
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
