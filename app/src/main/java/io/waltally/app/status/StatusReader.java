package io.waltally.app.status;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.deadletter.DeadLetterTopics;
import io.waltally.app.failure.Explanation;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.CommittedReader;
import io.waltally.app.webhook.KnownEndpoint;
import io.waltally.app.webhook.KnownEndpoints;
import io.waltally.connectors.capture.error.SourceConnectionException;
import io.waltally.connectors.capture.retention.ServerWal;
import io.waltally.connectors.capture.snapshot.TableSnapshot;
import io.waltally.connectors.capture.source.PublishedTables;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.CaptureFailure;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.engine.GroupBacklog;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * Reads the status of the pipeline from the servers, from any process, whether or not the pipeline runs. Takes up to a
 * minute while servers do not answer. Thread-safe.
 */
public final class StatusReader {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration READING = Duration.ofSeconds(20);
    private static final Duration UNLIMITED = Duration.ofNanos(Long.MAX_VALUE);
    private static final double MILLIS_PER_SECOND = 1_000;
    private static final String STOPPED = "stopped";
    private static final String NOT_CAPTURED = "no instance captures it ('waltally run')";
    private static final String NOT_RUN = "no instance runs it ('waltally run')";

    private final Configuration configuration;
    private final TopicCatalogue topics;
    private final Supplier<Optional<ControlState>> controls;
    private final Supplier<Optional<List<DeadLetterHistory>>> letters;
    private final Duration reading;

    /** Reads the topics each time. */
    public StatusReader(Configuration configuration, TopicCatalogue topics) {
        this(configuration, topics, Optional::empty, Optional::empty, UNLIMITED);
    }

    /**
     * Reads the status in a process that follows the topics anyway.
     *
     * @param controls the content of the control topics; they are read while it is empty
     * @param letters the dead letters; they are read while it is empty
     */
    public StatusReader(
            Configuration configuration,
            TopicCatalogue topics,
            Supplier<Optional<ControlState>> controls,
            Supplier<Optional<List<DeadLetterHistory>>> letters) {
        this(configuration, topics, controls, letters, READING);
    }

    private StatusReader(
            Configuration configuration,
            TopicCatalogue topics,
            Supplier<Optional<ControlState>> controls,
            Supplier<Optional<List<DeadLetterHistory>>> letters,
            Duration reading) {
        this.configuration = configuration;
        this.topics = topics;
        this.controls = controls;
        this.letters = letters;
        this.reading = reading;
    }

    /**
     * The id of the Kafka cluster.
     *
     * @throws KafkaException if it does not answer
     * @throws TimeoutException if it does not answer in time
     */
    public String clusterId() throws TimeoutException {
        try (Admin admin = admin()) {
            return clusterId(admin);
        }
    }

    private static String clusterId(Admin admin) throws TimeoutException {
        return await(admin.describeCluster().clusterId());
    }

    /** The reason for which the capture of a source has stopped; empty if it has not, or if Kafka does not answer. */
    public Optional<String> stopReason(Source source) {
        try (Admin admin = admin()) {
            return readControls(admin).failure(source).map(CaptureFailure::getReason);
        } catch (KafkaException | TimeoutException e) {
            return Optional.empty();
        }
    }

    public StatusReport read() {
        ControlState state = new ControlState(topics);
        Map<String, StageStatus> stages = new LinkedHashMap<>();
        Map<String, SinkSummary> sinks = new LinkedHashMap<>();
        Map<String, DeadLetterCount> ofCapture = new HashMap<>();
        Optional<String> kafkaFailure = Optional.empty();
        Optional<String> clusterId = Optional.empty();
        try (Admin admin = admin()) {
            clusterId = Optional.of(clusterId(admin));
            Optional<ControlState> followed = controls.get();
            state = followed.isPresent() ? followed.get() : readControls(admin);
            List<KnownEndpoint> endpoints = KnownEndpoints.of(configuration, state.webhooks());
            List<DeadLetter> open = openDeadLetters(!endpoints.isEmpty());
            List<String> sourceNames =
                    configuration.sources().keySet().stream().map(Source::id).toList();
            ofCapture.putAll(counts(open, DeadLetterStage.CAPTURE, sourceNames));
            stages.put("streams", streams(admin).with(counts(open, DeadLetterStage.STREAMS, sourceNames)));
            if (!endpoints.isEmpty()) {
                List<String> names = endpoints.stream().map(KnownEndpoint::name).toList();
                stages.put("webhooks", webhooks(admin, endpoints).with(counts(open, DeadLetterStage.WEBHOOKS, names)));
            }
            if (!configuration.sinks().active().isEmpty()) {
                sinks.putAll(sinks(admin, state, open));
            }
        } catch (KafkaException | TimeoutException e) {
            String reason = Explanation.server(e, configuration).toString();
            stages.put(
                    "streams",
                    new StageStatus(SourceStatus.UNREACHABLE, Optional.of(reason), Optional.empty(), Optional.empty()));
            kafkaFailure = Optional.of(reason);
        }
        Map<String, SourceStatus> sources = new LinkedHashMap<>();
        for (SourceSettings source : configuration.sources().values()) {
            sources.put(
                    source.source().id(),
                    source(
                            source,
                            state.watermark(source.source()),
                            state.failure(source.source()),
                            state.applied(source.source()),
                            ofCapture.getOrDefault(source.source().id(), DeadLetterCount.NONE),
                            kafkaFailure));
        }
        return new StatusReport(clusterId, sources, stages, sinks);
    }

    private static SourceStatus source(
            SourceSettings source,
            Optional<Watermark> watermark,
            Optional<CaptureFailure> failure,
            Optional<AsOf> applied,
            DeadLetterCount deadLetters,
            Optional<String> kafkaFailure) {
        Optional<String> appliedLsn = applied.map(asOf -> asOf.lsn().toString());
        boolean whole = watermark
                .map(mark -> mark.getSnapshot().getState() == SnapshotState.COMPLETED)
                .orElse(false);
        Optional<Lsn> captured = watermark.filter(mark -> whole).map(mark -> new Lsn(mark.getLsn()));
        List<SnapshotStatus> snapshots = watermark.map(StatusReader::snapshots).orElse(List.of());
        Optional<Integer> epoch = watermark.map(Watermark::getEpoch);
        try (Connection connection = SourceConnections.open(source)) {
            ServerWal server = ServerWal.read(connection, source.slot());
            Optional<SlotStatus> slot = server.slot().map(found -> SlotStatus.of(found, server.keepLimit()));
            Optional<Long> lagBytes =
                    captured.map(lsn -> Math.max(0, server.position().minus(lsn)));
            boolean active = slot.map(SlotStatus::active).orElse(false);
            Optional<CaptureFailure> stopped = failure.filter(known -> !active);
            String state = stopped.isPresent()
                    ? SourceStatus.FAILED
                    : watermark.isPresent() && !whole ? "snapshot" : active ? "streaming" : STOPPED;
            PublishedTables published = PublishedTables.read(connection, source.publication());
            return new SourceStatus(
                    state,
                    kafkaFailure
                            .or(() -> stopped.map(CaptureFailure::getReason))
                            .or(() -> slot.isPresent() ? Optional.empty() : Optional.of(noSlot(source, published)))
                            .or(() -> Optional.of(NOT_CAPTURED).filter(reason -> state.equals(STOPPED))),
                    Optional.of(server.position().toString()),
                    captured.map(Lsn::toString),
                    appliedLsn,
                    lagBytes,
                    watermark.map(mark -> lagBytes.orElse(0L) == 0 ? 0 : age(mark.getCommittedAt())),
                    slot,
                    epoch,
                    snapshots,
                    published.missing(source.source(), source.tables()),
                    Limitation.read(connection, source, published),
                    List.of(),
                    List.of(),
                    deadLetters.total());
        } catch (SQLException e) {
            return new SourceStatus(
                    SourceStatus.UNREACHABLE,
                    Optional.of(SourceConnectionException.of(
                                    source.source(),
                                    source.address(),
                                    source.account().user(),
                                    e)
                            .getMessage()),
                    Optional.empty(),
                    captured.map(Lsn::toString),
                    appliedLsn,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    epoch,
                    snapshots,
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    deadLetters.total());
        }
    }

    private static String noSlot(SourceSettings source, PublishedTables published) {
        return published.names().isEmpty()
                ? "publication " + source.publication() + " (" + source.key("publication")
                        + ") has no tables; run 'waltally migrate', which prepares the database, then 'waltally run'"
                : "there is no slot " + source.slot() + " (" + source.key("slot") + ") yet; 'waltally run' makes it";
    }

    private static List<SnapshotStatus> snapshots(Watermark watermark) {
        Instant now = Instant.now();
        return watermark.getSnapshot().getPending().stream()
                .map(pending -> SnapshotStatus.of(TableSnapshot.of(pending), now))
                .toList();
    }

    private static double age(Instant time) {
        return Math.max(0, Duration.between(time, Instant.now()).toMillis()) / MILLIS_PER_SECOND;
    }

    private ControlState readControls(Admin admin) throws TimeoutException {
        Set<String> there = await(admin.listTopics().names());
        ControlState state = new ControlState(topics);
        Map<String, Object> impatient = Map.of(
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                (int) TIMEOUT.toMillis(),
                ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                (int) TIMEOUT.toMillis());
        try (CommittedReader reader = new CommittedReader(configuration.kafka(), impatient)) {
            state.readBy(reader, topic -> there.contains(topic.name())).readToEnd(reading);
        }
        return state;
    }

    /** The open dead letters of the stages that run here or elsewhere. */
    private List<DeadLetter> openDeadLetters(boolean ofWebhooks) {
        List<DeadLetterStage> stages = new ArrayList<>(List.of(DeadLetterStage.CAPTURE, DeadLetterStage.STREAMS));
        if (ofWebhooks) {
            stages.add(DeadLetterStage.WEBHOOKS);
        }
        if (!configuration.sinks().active().isEmpty()) {
            stages.add(DeadLetterStage.SINKS);
        }
        return letters
                .get()
                .orElseGet(() -> new DeadLetterTopics(configuration.kafka(), topics)
                        .readWithoutContent(stages, reading)
                        .letters())
                .stream()
                .filter(DeadLetterHistory::isOpen)
                .map(DeadLetterHistory::letter)
                .toList();
    }

    /** The dead letters of a stage by configured source, endpoint or sink. */
    private static Map<String, DeadLetterCount> counts(
            List<DeadLetter> letters, DeadLetterStage stage, Collection<String> owners) {
        Map<String, DeadLetterCount> counts = new TreeMap<>();
        owners.forEach(owner -> counts.put(owner, DeadLetterCount.NONE));
        letters.stream()
                .filter(letter -> letter.stage() == stage)
                .forEach(letter -> letter.owner()
                        .ifPresent(owner -> counts.computeIfPresent(owner, (name, count) -> count.plus(letter))));
        return counts;
    }

    private StageStatus streams(Admin admin) throws TimeoutException {
        return group(admin, configuration.streams().pipeline().applicationId());
    }

    /** The status of all endpoints together: running if delivery to each of them is. */
    private static StageStatus webhooks(Admin admin, List<KnownEndpoint> endpoints) throws TimeoutException {
        StageStatus all = new StageStatus(StageStatus.RUNNING, Optional.empty(), Optional.of(0L), Optional.of(0));
        for (KnownEndpoint endpoint : endpoints) {
            all = all.and(group(admin, endpoint.group()));
        }
        String paused = endpoints.stream()
                .filter(endpoint -> endpoint.control().paused())
                .map(KnownEndpoint::name)
                .collect(Collectors.joining(", "));
        return all.state().equals(StageStatus.RUNNING) && !paused.isEmpty()
                ? all.with(StageStatus.RUNNING, Optional.of("paused by an operator: " + paused))
                : all;
    }

    private Map<String, SinkSummary> sinks(Admin admin, ControlState state, List<DeadLetter> open)
            throws TimeoutException {
        Map<String, DeadLetterCount> refused = counts(
                open,
                DeadLetterStage.SINKS,
                configuration.sinks().active().stream()
                        .map(ConfiguredSink::name)
                        .toList());
        Map<String, SinkSummary> sinks = new LinkedHashMap<>();
        for (ConfiguredSink sink : configuration.sinks().active()) {
            String name = configuration.sinkGroupPrefix() + sink.name();
            StageStatus group = group(admin, name);
            Optional<GroupBacklog> backlog = group.lag().isPresent() ? sinkBacklog(admin, name) : Optional.empty();
            sinks.put(
                    sink.name(),
                    SinkSummary.of(
                            sink.type(),
                            new StageStatus(
                                    group.state(), group.reason(), backlog.map(GroupBacklog::records), group.members()),
                            backlog.flatMap(StatusReader::lagSeconds),
                            state.isPaused(sink.name()),
                            refused.get(sink.name()).total()));
        }
        return sinks;
    }

    /** Without watermarks, which are no records for the target; empty while the group has committed nothing. */
    private Optional<GroupBacklog> sinkBacklog(Admin admin, String group) throws TimeoutException {
        Set<TopicPartition> partitions = new HashSet<>(committed(admin, group).keySet());
        partitions.removeIf(
                partition -> partition.topic().equals(topics.watermarks().name()));
        return partitions.isEmpty()
                ? Optional.empty()
                : Optional.of(GroupBacklog.read(admin, group, partitions, TIMEOUT));
    }

    private static Optional<Double> lagSeconds(GroupBacklog backlog) {
        return backlog.records() == 0 ? Optional.of(0.0) : backlog.lastWritten().map(StatusReader::age);
    }

    private static StageStatus group(Admin admin, String group) throws TimeoutException {
        try {
            ConsumerGroupDescription description =
                    await(admin.describeConsumerGroups(Set.of(group)).all()).get(group);
            Map<TopicPartition, Long> consumed = committed(admin, group);
            Map<TopicPartition, Long> ends = ends(admin, consumed.keySet());
            long lag = consumed.entrySet().stream()
                    .mapToLong(entry -> Math.max(0, ends.get(entry.getKey()) - entry.getValue()))
                    .sum();
            String state = state(description.groupState());
            return new StageStatus(
                    state,
                    Optional.of(NOT_RUN).filter(reason -> state.equals(STOPPED)),
                    Optional.of(lag),
                    Optional.of(description.members().size()));
        } catch (GroupIdNotFoundException e) {
            return new StageStatus(
                    STOPPED, Optional.of("it never ran: there is no group " + group), Optional.empty(), Optional.of(0));
        }
    }

    private static String state(GroupState state) {
        return switch (state) {
            case STABLE -> StageStatus.RUNNING;
            case PREPARING_REBALANCE, COMPLETING_REBALANCE, ASSIGNING, RECONCILING, NOT_READY -> "rebalancing";
            case EMPTY, DEAD, UNKNOWN -> STOPPED;
        };
    }

    private static Map<TopicPartition, Long> committed(Admin admin, String group) throws TimeoutException {
        Map<TopicPartition, OffsetAndMetadata> offsets =
                await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        return offsets.entrySet().stream()
                .filter(entry -> entry.getValue() != null)
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().offset()));
    }

    private static Map<TopicPartition, Long> ends(Admin admin, Set<TopicPartition> partitions) throws TimeoutException {
        Map<TopicPartition, OffsetSpec> latest =
                partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        Map<TopicPartition, ListOffsetsResultInfo> ends =
                await(admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all());
        return ends.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().offset()));
    }

    private Admin admin() {
        Map<String, Object> properties = new HashMap<>(configuration.kafka().properties());
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) TIMEOUT.toMillis());
        properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) TIMEOUT.toMillis());
        return Admin.create(properties);
    }

    private static <T> T await(KafkaFuture<T> future) throws TimeoutException {
        return KafkaFutures.get(future, TIMEOUT);
    }
}
