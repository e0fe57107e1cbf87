package io.waltally.connectors.capture;

import io.waltally.schemas.Source;
import io.waltally.schemas.Topic;
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

/** Reads the last committed watermark of a source. */
public final class Watermarks {
    private static final Duration POLL = Duration.ofMillis(200);

    private final Topic<WatermarkKey, Watermark> topic;
    private final Map<String, Object> kafka;

    public Watermarks(Topic<WatermarkKey, Watermark> topic, Map<String, Object> kafka) {
        this.topic = topic;
        this.kafka = kafka;
    }

    /**
     * The last committed watermark.
     *
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be asked
     */
    public Optional<Watermark> last(Source source) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, IsolationLevel.READ_COMMITTED.toString());
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        Watermark last = null;
        try (Consumer<WatermarkKey, Watermark> consumer = new KafkaConsumer<>(
                properties, topic.keySerde().deserializer(), topic.valueSerde().deserializer())) {
            TopicPartition partition = new TopicPartition(topic.name(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (var record : consumer.poll(POLL)) {
                    if (record.key().getSource().equals(source.id())) {
                        last = record.value();
                    }
                }
            }
        }
        return Optional.ofNullable(last);
    }
}
