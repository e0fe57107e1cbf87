package io.waltally.sinks.engine;

import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.SinkControlKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes what operators ask of sinks, for all instances. A request changes the last one of the sink, in a Kafka
 * transaction whose id all writers share, so that none is lost if several write at once.
 */
public final class SinkControlWriter {
    private static final String TRANSACTIONAL_ID = "waltally-sink-controls";
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final Duration PATIENCE = Duration.ofMillis(TIMEOUT_MILLIS);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration CONTENTION_PATIENCE = Duration.ofSeconds(60);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Topic<SinkControlKey, SinkControl> topic;
    private final Map<String, Object> client;

    /** @param client properties of Kafka's clients */
    public SinkControlWriter(TopicCatalogue topics, Map<String, Object> client) {
        topic = topics.sinkControls();
        this.client = Map.copyOf(client);
    }

    /**
     * Asks that a sink write nothing until it is resumed.
     *
     * @return the request
     * @throws KafkaException if it could not be written
     */
    public SinkControl pause(String sink) {
        return change(sink, last -> new SinkControl(true, last.getResetId(), now()));
    }

    /**
     * Asks that a sink continue.
     *
     * @param reset whether it is to forget what it has written, and to read its topics again from the beginning
     * @return the request
     * @throws KafkaException if it could not be written
     */
    public SinkControl resume(String sink, boolean reset) {
        return change(
                sink, last -> new SinkControl(false, reset ? UUID.randomUUID().toString() : last.getResetId(), now()));
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    private SinkControl change(String sink, UnaryOperator<SinkControl> change) {
        long deadline = System.nanoTime() + CONTENTION_PATIENCE.toNanos();
        for (long longest = FIRST_PAUSE.toMillis(); ; longest = Math.min(2 * longest, LONGEST_PAUSE.toMillis())) {
            try {
                return changeOnce(sink, change);
            } catch (ProducerFencedException | InvalidProducerEpochException e) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException(
                            "the request to sink " + sink + " was not written within " + CONTENTION_PATIENCE.toSeconds()
                                    + " s, since others write requests all the time; try again",
                            e);
                }
            }
            // Two writers that fence each other in step would do so forever.
            sleep(ThreadLocalRandom.current().nextLong(longest + 1));
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static KafkaException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new KafkaException("interrupted", e);
    }

    private SinkControl changeOnce(String sink, UnaryOperator<SinkControl> change) {
        try (Producer<byte[], byte[]> producer = producer()) {
            // From here on no other writer commits what it read before.
            producer.initTransactions();
            SinkControl changed = change.apply(last(sink));
            producer.beginTransaction();
            producer.send(record(sink, changed)).get();
            producer.commitTransaction();
            return changed;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private ProducerRecord<byte[], byte[]> record(String sink, SinkControl control) {
        return new ProducerRecord<>(
                topic.name(),
                0,
                topic.keySerde().serializer().serialize(topic.name(), new SinkControlKey(sink)),
                topic.valueSerde().serializer().serialize(topic.name(), control));
    }

    private Producer<byte[], byte[]> producer() {
        Map<String, Object> properties = new HashMap<>(client);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, TRANSACTIONAL_ID);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private SinkControl last(String sink) {
        SinkControl last = SinkControls.NONE;
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (Consumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException("requests to sinks were not read within " + PATIENCE);
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    if (key(record).equals(sink)) {
                        last = record.value() == null
                                ? SinkControls.NONE
                                : topic.valueSerde().deserializer().deserialize(topic.name(), record.value());
                    }
                }
            }
        }
        return last;
    }

    private String key(ConsumerRecord<byte[], byte[]> record) {
        return topic.keySerde()
                .deserializer()
                .deserialize(topic.name(), record.key())
                .getSink();
    }

    private Consumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(client);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, TRANSACTIONAL_ID);
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
