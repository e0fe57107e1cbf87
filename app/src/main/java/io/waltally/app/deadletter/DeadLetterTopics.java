package io.waltally.app.deadletter;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.request.ExclusiveTransaction;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import java.time.Duration;
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
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The dead letter topics of a cluster. */
public final class DeadLetterTopics {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterTopics.class);

    private static final String TRANSACTIONAL_ID = "waltally-replays";
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration UNLIMITED = Duration.ofNanos(Long.MAX_VALUE);
    private static final Duration OPEN_TRANSACTION_TIMEOUT = Duration.ofSeconds(30);
    static final int WRITTEN_AT_ONCE = 1_000;

    private final KafkaSettings kafka;
    private final TopicCatalogue topics;
    private final ExclusiveTransaction replays;

    public DeadLetterTopics(KafkaSettings kafka, TopicCatalogue topics) {
        this.kafka = kafka;
        this.topics = topics;
        this.replays = new ExclusiveTransaction(TRANSACTIONAL_ID, Map.copyOf(kafka.properties()));
    }

    /**
     * Reads the committed dead letters of some stages, with all that happened to them.
     *
     * @param keep selects the letters that the ledger gets
     * @throws KafkaException if the cluster does not answer
     */
    public DeadLetterLedger read(Collection<DeadLetterStage> stages, Predicate<DeadLetter> keep) {
        return read(stages, keep, letter -> letter, UNLIMITED);
    }

    /**
     * Reads the committed dead letters of some stages without keys and values, with all that happened to them.
     *
     * @throws KafkaException if the cluster does not answer
     */
    public DeadLetterLedger readWithoutContent(Collection<DeadLetterStage> stages) {
        return readWithoutContent(stages, UNLIMITED);
    }

    /**
     * Like {@link #readWithoutContent(Collection)}.
     *
     * @throws KafkaException if the cluster does not answer, or if it takes longer than the limit
     */
    public DeadLetterLedger readWithoutContent(Collection<DeadLetterStage> stages, Duration limit) {
        return read(stages, letter -> true, DeadLetter::withoutContent, limit);
    }

    private DeadLetterLedger read(
            Collection<DeadLetterStage> stages,
            Predicate<DeadLetter> keep,
            UnaryOperator<DeadLetter> kept,
            Duration limit) {
        Map<String, String> existing = existing();
        DeadLetterLedger ledger = new DeadLetterLedger(existing);
        try (CommittedReader reader = new CommittedReader(kafka)) {
            if (follow(reader, existing.keySet(), stages, ledger, letter -> {
                if (keep.test(letter)) {
                    ledger.add(kept.apply(letter));
                }
            })) {
                reader.readToEnd(limit);
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
            return KafkaFutures.get(admin.listTopics().listings()).stream()
                    .collect(Collectors.toMap(
                            TopicListing::name, listing -> listing.topicId().toString()));
        }
    }

    /**
     * The dead letters that a replay request sent again.
     *
     * @param request its id, which the events of the results carry
     * @param letters without those to which something happened after they were read
     */
    public record Replay(String request, List<DeadLetter> letters) {}

    /**
     * Sends dead letters of topologies, webhooks or sinks to their replay topics, with their {@link DeadLetterHeaders},
     * and records that their results are awaited. Of two that send the same letter at once, one does.
     *
     * @throws KafkaException if one could not be written; those before it may have been, and are recorded as such
     */
    public Replay replay(DeadLetterLedger ledger, Collection<DeadLetter> letters) {
        provide();
        String request = UUID.randomUUID().toString();
        List<DeadLetter> wanted = List.copyOf(letters);
        List<DeadLetter> sent = new ArrayList<>();
        for (int from = 0; from < wanted.size(); from += WRITTEN_AT_ONCE) {
            List<DeadLetter> batch = wanted.subList(from, Math.min(from + WRITTEN_AT_ONCE, wanted.size()));
            AtomicReference<List<DeadLetter>> unchanged = new AtomicReference<>(List.of());
            replays.write(() -> {
                unchanged.set(ledger.unchanged(batch, readEvents()));
                return unchanged.get().stream()
                        .flatMap(letter -> Stream.of(
                                replayed(letter, new ReplayRequest(request, ledger.key(letter))),
                                requested(ledger.key(letter), request)))
                        .toList();
            });
            sent.addAll(unchanged.get());
        }
        return new Replay(request, sent);
    }

    private DeadLetterLedger readEvents() {
        Map<String, String> existing = existing();
        DeadLetterLedger ledger = new DeadLetterLedger(existing);
        try (CommittedReader reader = new CommittedReader(kafka)) {
            reader.from(topics.deadLetterEvents(), (key, event, record) -> ledger.add(key, event));
            // Behind a transaction of topologies that is still open there may be what another operator has committed.
            Map<TopicPartition, Long> ends = writtenEnds();
            long deadline = System.nanoTime() + OPEN_TRANSACTION_TIMEOUT.toNanos();
            while (!reader.reached(ends)) {
                if (System.nanoTime() > deadline) {
                    throw new KafkaException("a transaction that writes to "
                            + topics.deadLetterEvents().name() + " has not ended within "
                            + OPEN_TRANSACTION_TIMEOUT.toSeconds() + " s; try again");
                }
                reader.poll(POLL);
            }
        }
        return ledger;
    }

    /** The ends of the topic of events, with what is not committed. */
    private Map<TopicPartition, Long> writtenEnds() {
        Topic<?, ?> events = topics.deadLetterEvents();
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < events.partitions(); partition++) {
            latest.put(new TopicPartition(events.name(), partition), OffsetSpec.latest());
        }
        try (Admin admin = Admin.create(client())) {
            return KafkaFutures.get(admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                            .all())
                    .entrySet()
                    .stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, end -> end.getValue().offset()));
        }
    }

    /**
     * A transaction for replays of other records, with the records that say of which letters their results are awaited.
     * They depend on nothing that was read, so it fences no other writer.
     */
    ExclusiveTransaction independentReplays() {
        return new ExclusiveTransaction(TRANSACTIONAL_ID + "-" + UUID.randomUUID(), Map.copyOf(kafka.properties()));
    }

    /** The record which says that the result of a replay is awaited. */
    ProducerRecord<byte[], byte[]> requested(DeadLetterKey letter, String request) {
        return topics.deadLetterEvents().serialized(letter, event(DeadLetterEventType.REQUESTED, request, ""));
    }

    /**
     * Records that dead letters were given up.
     *
     * @param reason may be empty
     * @throws KafkaException if one could not be written
     */
    public void drop(DeadLetterLedger ledger, Collection<DeadLetter> letters, String reason) {
        provide();
        DeadLetterEvent event = event(DeadLetterEventType.DROPPED, "", reason);
        Map<String, Object> properties = client();
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MILLIS);
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (DeadLetter letter : letters) {
                sent.add(producer.send(topics.deadLetterEvents().serialized(ledger.key(letter), event)));
            }
            for (Future<RecordMetadata> each : sent) {
                KafkaFutures.get(each);
            }
        }
    }

    /** Creates the topic of events, because no instance of this version may have run yet. */
    void provide() {
        try (Admin admin = Admin.create(client())) {
            new TopicProvisioning(admin).create(List.of(topics.deadLetterEvents()));
        }
    }

    private static DeadLetterEvent event(DeadLetterEventType type, String request, String detail) {
        return new DeadLetterEvent(type, request, Instant.now(), System.getProperty("user.name", ""), detail);
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
