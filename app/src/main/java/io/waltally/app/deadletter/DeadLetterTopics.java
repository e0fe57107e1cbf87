package io.waltally.app.deadletter;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
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
     * Reads the committed dead letters of some stages, with all that happened to them.
     *
     * @param keep selects the letters that the ledger gets
     * @throws KafkaException if the cluster does not answer
     */
    public DeadLetterLedger read(Collection<DeadLetterStage> stages, Predicate<DeadLetter> keep) {
        return read(stages, keep, letter -> letter);
    }

    /**
     * Reads the committed dead letters of some stages without keys and values, with all that happened to them.
     *
     * @throws KafkaException if the cluster does not answer
     */
    public DeadLetterLedger readWithoutContent(Collection<DeadLetterStage> stages) {
        return read(stages, letter -> true, DeadLetter::withoutContent);
    }

    private DeadLetterLedger read(
            Collection<DeadLetterStage> stages, Predicate<DeadLetter> keep, UnaryOperator<DeadLetter> kept) {
        Map<String, String> existing = existing();
        DeadLetterLedger ledger = new DeadLetterLedger(existing);
        try (CommittedReader reader = new CommittedReader(kafka)) {
            if (follow(reader, existing.keySet(), stages, ledger, letter -> {
                if (keep.test(letter)) {
                    ledger.add(kept.apply(letter));
                }
            })) {
                reader.readToEnd();
            }
        }
        return ledger;
    }

    /** Adds what exists of the topics to a reader; returns whether that is any dead letter topic. */
    boolean follow(
            CommittedReader reader,
            Set<String> existing,
            Collection<DeadLetterStage> stages,
            DeadLetterLedger ledger,
            Consumer<DeadLetter> handler) {
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
        // Before the first start of this version there is no such topic, and all letters are open.
        if (any && existing.contains(topics.deadLetterEvents().name())) {
            reader.from(topics.deadLetterEvents(), (key, event, record) -> ledger.add(key, event));
        }
        return any;
    }

    /** Whether two maps of ids agree about the topics of dead letters and their events. */
    boolean sameAs(Map<String, String> one, Map<String, String> other) {
        return Stream.concat(
                        Arrays.stream(DeadLetterStage.values())
                                .map(stage -> stage.topic(topics).name()),
                        Stream.of(topics.deadLetterEvents().name()))
                .allMatch(topic -> Objects.equals(one.get(topic), other.get(topic)));
    }

    /** The ids of all topics of the cluster, by name. */
    Map<String, String> existing() {
        try (Admin admin = Admin.create(client())) {
            return admin.listTopics().listings().get().stream()
                    .collect(Collectors.toMap(
                            TopicListing::name, listing -> listing.topicId().toString()));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    /**
     * Sends dead letters of topologies, webhooks or sinks to their replay topics, with their {@link DeadLetterHeaders},
     * then records that their results are awaited.
     *
     * @return the id of the request, which the events of the results carry
     * @throws KafkaException if one could not be written; those before it were
     */
    public String replay(DeadLetterLedger ledger, Collection<DeadLetter> letters) {
        provide();
        String request = UUID.randomUUID().toString();
        write(letters.stream()
                .map(letter -> replayed(letter, new ReplayRequest(request, ledger.key(letter))))
                .toList());
        record(ledger, letters, DeadLetterEventType.REQUESTED, request, "");
        return request;
    }

    /**
     * Records that dead letters were given up.
     *
     * @param reason may be empty
     * @throws KafkaException if one could not be written
     */
    public void drop(DeadLetterLedger ledger, Collection<DeadLetter> letters, String reason) {
        provide();
        record(ledger, letters, DeadLetterEventType.DROPPED, "", reason);
    }

    /** There may not have been any 'run' of this version yet. */
    private void provide() {
        try (Admin admin = Admin.create(client())) {
            new TopicProvisioning(admin).create(List.of(topics.deadLetterEvents()));
        }
    }

    private void record(
            DeadLetterLedger ledger,
            Collection<DeadLetter> letters,
            DeadLetterEventType type,
            String request,
            String detail) {
        DeadLetterEvent event =
                new DeadLetterEvent(type, request, Instant.now(), System.getProperty("user.name", ""), detail);
        write(letters.stream()
                .map(letter -> topics.deadLetterEvents().serialized(ledger.key(letter), event))
                .toList());
    }

    /**
     * Writes records.
     *
     * @throws KafkaException if one could not be written
     */
    void write(Collection<ProducerRecord<byte[], byte[]>> records) {
        Map<String, Object> properties = client();
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MILLIS);
        properties.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (ProducerRecord<byte[], byte[]> record : records) {
                sent.add(producer.send(record));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    private ProducerRecord<byte[], byte[]> replayed(DeadLetter letter, ReplayRequest request) {
        DeadLetterHeaders origin = letter.reason();
        Topic<byte[], byte[]> topic = letter.stage() == DeadLetterStage.SINKS
                ? topics.sinkReplays()
                : topics.replaysOf(origin.topic())
                        .orElseThrow(() ->
                                new IllegalArgumentException("records of " + origin.topic() + " cannot be replayed"));
        Headers headers = new RecordHeaders(letter.record().headers().toArray());
        request.addTo(headers);
        DeadLetterHeaders.addOriginalTimestamp(headers, letter.record().timestamp());
        return new ProducerRecord<>(
                topic.name(),
                origin.partition().orElseThrow(),
                System.currentTimeMillis(),
                letter.record().key(),
                letter.record().value(),
                headers);
    }

    private Map<String, Object> client() {
        Map<String, Object> properties = new HashMap<>(kafka.properties());
        properties.put("request.timeout.ms", TIMEOUT_MILLIS);
        properties.put("default.api.timeout.ms", TIMEOUT_MILLIS);
        return properties;
    }
}
