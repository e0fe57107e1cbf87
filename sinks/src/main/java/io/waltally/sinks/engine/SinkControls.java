package io.waltally.sinks.engine;

import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.SinkControlKey;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows what operators ask of sinks. All instances read the same topic, so that a request reaches each. */
public final class SinkControls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SinkControls.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(2);
    static final SinkControl NONE = new SinkControl(false, "", Instant.EPOCH);

    private final Topic<SinkControlKey, SinkControl> topic;
    private final Map<String, Object> properties;
    private final Map<String, SinkControl> controls = new ConcurrentHashMap<>();
    private final CountDownLatch read = new CountDownLatch(1);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "sink-controls");

    /** @param client properties of Kafka's clients */
    public SinkControls(TopicCatalogue topics, Map<String, Object> client) {
        topic = topics.sinkControls();
        properties = new HashMap<>(client);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "waltally-sink-controls");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString().toLowerCase(Locale.ROOT));
    }

    public void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!closedWithin(Duration.ZERO)) {
            try (Consumer<byte[], byte[]> consumer =
                    new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                follow(consumer);
            } catch (KafkaException e) {
                LOG.warn("requests to sinks cannot be read: {}", e.getMessage());
                closedWithin(PAUSE);
            }
        }
    }

    private void follow(Consumer<byte[], byte[]> consumer) {
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        while (!closedWithin(Duration.ZERO)) {
            consumer.poll(POLL).forEach(this::accept);
            if (consumer.position(partition) >= end) {
                read.countDown();
            }
        }
    }

    private void accept(ConsumerRecord<byte[], byte[]> record) {
        String sink = topic.keySerde()
                .deserializer()
                .deserialize(record.topic(), record.key())
                .getSink();
        if (record.value() == null) {
            controls.remove(sink);
        } else {
            controls.put(sink, topic.valueSerde().deserializer().deserialize(record.topic(), record.value()));
        }
    }

    /** The last request of an operator to a sink; neither paused nor reset if there was none. */
    public SinkControl of(String sink) {
        return controls.getOrDefault(sink, NONE);
    }

    /** Waits until all earlier requests are known; returns whether they are. */
    boolean await(Duration time) {
        try {
            return read.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean closedWithin(Duration time) {
        try {
            return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
