package io.waltally.app.deadletter;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The dead letter topics of a cluster. */
public final class DeadLetterTopics {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterTopics.class);

    private static final int TIMEOUT_MILLIS = 10_000;

    private final KafkaSettings kafka;
    private final TopicCatalogue topics;

    public DeadLetterTopics(KafkaSettings kafka, TopicCatalogue topics) {
        this.kafka = kafka;
        this.topics = topics;
    }

    /**
     * Reads the committed dead letters of some stages, in the order in which each stage wrote them.
     *
     * @throws KafkaException if the cluster does not answer
     */
    public void read(Collection<DeadLetterStage> stages, Consumer<DeadLetter> handler) {
        Set<String> existing = existing();
        try (CommittedReader reader = new CommittedReader(kafka)) {
            boolean any = false;
            for (DeadLetterStage stage : stages) {
                Topic<byte[], byte[]> topic = stage.topic(topics);
                if (existing.contains(topic.name())) {
                    reader.from(topic, (key, value, record) -> {
                        try {
                            handler.accept(DeadLetter.of(stage, record));
                        } catch (IllegalArgumentException e) {
                            LOG.warn("{} offset {}: {}", record.topic(), record.offset(), e.getMessage());
                        }
                    });
                    any = true;
                }
            }
            if (any) {
                reader.readToEnd();
            }
        }
    }

    private Set<String> existing() {
        try (Admin admin = Admin.create(client())) {
            return admin.listTopics().names().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    /**
     * Sends dead letters of topologies, webhooks or sinks to their replay topics, with their {@link DeadLetterHeaders}.
     *
     * @throws KafkaException if one could not be written; those before it were
     */
    public void replay(Collection<DeadLetter> letters) {
        Map<String, Object> properties = client();
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MILLIS);
        properties.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (DeadLetter letter : letters) {
                producer.send(replayed(letter)).get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    private ProducerRecord<byte[], byte[]> replayed(DeadLetter letter) {
        DeadLetterHeaders origin = letter.reason();
        Topic<byte[], byte[]> topic = letter.stage() == DeadLetterStage.SINKS
                ? topics.sinkReplays()
                : topics.replaysOf(origin.topic())
                        .orElseThrow(() -> new IllegalArgumentException(
                                "nobody tries what comes from " + origin.topic() + " again"));
        return new ProducerRecord<>(
                topic.name(),
                origin.partition().orElseThrow(),
                letter.record().timestamp(),
                letter.record().key(),
                letter.record().value(),
                letter.record().headers());
    }

    private Map<String, Object> client() {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put("request.timeout.ms", TIMEOUT_MILLIS);
        properties.put("default.api.timeout.ms", TIMEOUT_MILLIS);
        return properties;
    }
}
