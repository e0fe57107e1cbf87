package io.waltally.connectors.capture;

import io.waltally.schemas.Source;
import io.waltally.schemas.Topic;
import io.waltally.schemas.control.CaptureFailure;
import io.waltally.schemas.control.CaptureFailureKey;
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

/** Tells every process, by Kafka, why the capture of a source has stopped. Without Kafka nothing is told but in the log. */
final class CaptureFailures {
    private static final Logger LOGGER = LoggerFactory.getLogger(CaptureFailures.class);
    private static final int PATIENCE_MILLIS = 5_000;

    private final Topic<CaptureFailureKey, CaptureFailure> topic;
    private final Map<String, Object> kafka;

    /** Also what an earlier process told may stand there. */
    private boolean told = true;

    CaptureFailures(Topic<CaptureFailureKey, CaptureFailure> topic, Map<String, Object> kafka) {
        this.topic = topic;
        this.kafka = kafka;
    }

    void stopped(Source source, String reason) {
        told = true;
        send(source, new CaptureFailure(reason, Instant.now().truncatedTo(ChronoUnit.MILLIS)));
    }

    void goesOn(Source source) {
        if (told) {
            told = !send(source, null);
        }
    }

    private boolean send(Source source, @Nullable CaptureFailure failure) {
        Map<String, Object> properties = new HashMap<>(kafka);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE_MILLIS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        try (Producer<CaptureFailureKey, CaptureFailure> producer = new KafkaProducer<>(
                properties, topic.keySerde().serializer(), topic.valueSerde().serializer())) {
            producer.send(new ProducerRecord<>(topic.name(), new CaptureFailureKey(source.id()), failure))
                    .get();
            return true;
        } catch (KafkaException | ExecutionException e) {
            LOGGER.debug("not told in {}", topic.name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }
}
