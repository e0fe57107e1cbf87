package io.waltally.connectors.capture.publishing;

import io.waltally.schemas.Source;
import io.waltally.schemas.control.CaptureFailure;
import io.waltally.schemas.control.CaptureFailureKey;
import io.waltally.schemas.topic.Topic;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the reason why the capture of a source has stopped, for all processes. If Kafka is unavailable, only the
 * log has it.
 */
public final class CaptureFailures {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureFailures.class);
    private static final int TIMEOUT_MILLIS = 5_000;

    private final Topic<CaptureFailureKey, CaptureFailure> topic;
    private final Map<String, Object> kafka;

    /** Also true at the start: an earlier process may have published a failure. */
    private boolean published = true;

    CaptureFailures(Topic<CaptureFailureKey, CaptureFailure> topic, Map<String, Object> kafka) {
        this.topic = topic;
        this.kafka = kafka;
    }

    public void stopped(Source source, String reason) {
        published = true;
        send(source, new CaptureFailure(reason, Instant.now().truncatedTo(ChronoUnit.MILLIS)));
    }

    public void clearFailure(Source source) {
        if (published) {
            published = !send(source, null);
        }
    }

    private boolean send(Source source, @Nullable CaptureFailure failure) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        try (Producer<CaptureFailureKey, CaptureFailure> producer = new KafkaProducer<>(
                properties, topic.keySerde().serializer(), topic.valueSerde().serializer())) {
            producer.send(new ProducerRecord<>(topic.name(), new CaptureFailureKey(source.id()), failure))
                    .get();
            return true;
        } catch (KafkaException | ExecutionException e) {
            LOG.debug("cannot publish the reason of the stop to {}", topic.name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
