package io.waltally.connectors.capture.publishing;

import io.waltally.schemas.Source;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads the last committed watermark of a source. A committed record becomes visible when every earlier transaction in
 * the partition has ended, so this waits for open transactions: otherwise it would return an earlier watermark.
 */
public final class Watermarks {
    private static final Duration POLL = Duration.ofMillis(200);

    /** A broker completes a decided transaction within milliseconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Topic<WatermarkKey, Watermark> topic;
    private final Map<String, Object> kafka;

    public Watermarks(Topic<WatermarkKey, Watermark> topic, Map<String, Object> kafka) {
        this.topic = topic;
        this.kafka = kafka;
    }

    /**
     * Returns the last committed watermark.
     *
     * @throws TimeoutException if a transaction does not end
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    public Optional<Watermark> last(Source source) {
        TopicPartition partition = new TopicPartition(topic.name(), TopicCatalogue.watermarkPartition(source));
        long end = end(partition);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Watermark last = null;
        try (Consumer<WatermarkKey, Watermark> consumer = consumer(IsolationLevel.READ_COMMITTED)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (consumer.position(partition) < end) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException("a transaction in " + partition + " has not ended for "
                            + PATIENCE.toSeconds() + " s: the last watermark of " + source + " is unknown until then");
                }
                for (var record : consumer.poll(POLL)) {
                    if (record.key().getSource().equals(source.id())) {
                        last = record.value();
                    }
                }
            }
        }
        return Optional.ofNullable(last);
    }

    /** The offset behind everything that was written, including open transactions. */
    private long end(TopicPartition partition) {
        try (Consumer<WatermarkKey, Watermark> consumer = consumer(IsolationLevel.READ_UNCOMMITTED)) {
            return consumer.endOffsets(List.of(partition)).get(partition);
        }
    }

    private Consumer<WatermarkKey, Watermark> consumer(IsolationLevel isolation) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation.toString());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        return new KafkaConsumer<>(
                properties, topic.keySerde().deserializer(), topic.valueSerde().deserializer());
    }
}
