package io.waltally.connectors.capture;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.debezium.CaptureEngine;
import io.waltally.connectors.capture.encoding.RecordEncoder;
import io.waltally.connectors.capture.encoding.RecordSize;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.connectors.capture.error.NewEpochRemedy;
import io.waltally.connectors.capture.error.UnreadableWatermarkException;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.connectors.capture.publishing.OwnTransactionsReader;
import io.waltally.connectors.capture.publishing.TopicKeys;
import io.waltally.connectors.capture.publishing.TransactionPublisher;
import io.waltally.connectors.capture.snapshot.AddedColumnReader;
import io.waltally.connectors.capture.snapshot.CompletedSnapshot;
import io.waltally.connectors.capture.snapshot.FailedSnapshot;
import io.waltally.connectors.capture.snapshot.KeyRange;
import io.waltally.connectors.capture.snapshot.SnapshotRequests;
import io.waltally.connectors.capture.snapshot.Snapshots;
import io.waltally.connectors.capture.snapshot.TableSnapshot;
import io.waltally.connectors.capture.source.CurrentRowReader;
import io.waltally.connectors.capture.source.HeartbeatMessages;
import io.waltally.connectors.capture.source.LeadershipMonitor;
import io.waltally.connectors.capture.source.MissingAddition;
import io.waltally.connectors.capture.source.Prerequisites;
import io.waltally.connectors.capture.source.PublishedTables;
import io.waltally.connectors.capture.source.SlotCreation;
import io.waltally.connectors.capture.source.SlotState;
import io.waltally.connectors.capture.source.SourceDatabase;
import io.waltally.connectors.capture.source.SourceIdentity;
import io.waltally.connectors.capture.source.WalHistory;
import io.waltally.connectors.capture.stream.ChangeHandler;
import io.waltally.connectors.capture.stream.UnchangedToastResolver;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.EpochTopics;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicRefusedException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicListing;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One term as the leader of a source: decides where to start, moves the slot there, reads missing rows, and streams
 * until it is stopped or fails.
 */
final class CaptureSession {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureSession.class);
    private static final Duration STOP_AT_BOUNDARY = Duration.ofSeconds(2);

    private final CaptureConfig configured;
    private final KafkaTarget kafka;
    private final SourceDatabase database;
    private final TransactionPublisher publisher;
    private final SnapshotRequests requests;
    private final Observer observer;
    private final OwnTransactionsReader view;
    private CaptureConfig config;
    private SourceIdentity identity;
    private PublishedTables published = new PublishedTables(Map.of());
    private Optional<String> lostRecords = Optional.empty();

    /** Tables that were captured and do not exist any more, by their last identities. Their topics have rows. */
    private Map<String, String> dropped = Map.of();

    private @Nullable LeadershipMonitor lead;
    private volatile boolean stopping;
    private volatile @Nullable ChangeHandler handler;
    private volatile @Nullable CaptureEngine engine;
    private volatile @Nullable Snapshots snapshots;

    /** Receives the progress of the session. */
    interface Observer {
        CaptureStatus status();

        void update(UnaryOperator<CaptureStatus> change);
    }

    CaptureSession(
            CaptureConfig config,
            KafkaTarget kafka,
            SourceDatabase database,
            TransactionPublisher publisher,
            SnapshotRequests requests,
            Observer observer) {
        this.configured = config;
        this.config = config;
        this.kafka = kafka;
        this.database = database;
        this.publisher = publisher;
        this.requests = requests;
        this.observer = observer;
        this.view = new OwnTransactionsReader(kafka.properties());
    }

    /**
     * Determines the captured tables and the position in Kafka.
     *
     * @param newEpoch whether a new epoch will be declared, which needs no position
     * @return the last committed watermark; empty for a new epoch also if it cannot be read
     * @throws CaptureException if the server lacks a prerequisite, or the last watermark cannot be read
     */
    Optional<Watermark> begin(boolean newEpoch) throws SQLException {
        Optional<Watermark> last = lastWatermark(newEpoch);
        published = database.published(configured.publication());
        config = configured.withTables(published.captured(configured));
        last.ifPresent(this::resumeFrom);
        warnOfUncapturedTables();
        last.ifPresent(this::requirePartitions);
        lostRecords =
                lostRecords.or(() -> last.flatMap(this::recreatedTopic)).or(() -> last.flatMap(this::deletedRecords));
        dropped = last.isPresent() ? dropped(last.get().getSnapshot()) : Map.of();
        Optional<Watermark> known = last.map(this::forgetUnpublished).map(this::withTopics);
        Prerequisites.require(config);
        identity = database.identity();
        return known;
    }

    private Optional<Watermark> lastWatermark(boolean newEpoch) {
        try {
            return kafka.watermarks().last(configured.source());
        } catch (UnreadableWatermarkException e) {
            if (!newEpoch) {
                throw e;
            }
            LOG.warn(
                    "new epoch of {}: the last position cannot be read and is discarded: {}",
                    configured.source(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    /** The epoch after all others of the topics, which may have records although the watermarks are lost. */
    private int nextEpoch() {
        OptionalInt last = view.lastEpoch(capturedTopics());
        return last.isPresent() ? last.getAsInt() + 1 : 0;
    }

    private Set<String> capturedTopics() {
        return config.tables().stream().map(config.source()::topicOf).collect(Collectors.toSet());
    }

    /** Rows that were written to a partition stay there: a change of the same row must not go to another one. */
    private void requirePartitions(Watermark watermark) {
        EpochTopics topics = watermark.getTopics();
        int partitions = kafka.catalogue().partitions();
        if (topics != null
                && topics.getPartitions() != partitions
                && !watermark.getOffsets().isEmpty()) {
            throw StartPosition.otherPartitions(config, topics.getPartitions(), partitions);
        }
    }

    /** A cdc topic is compacted, which leaves its beginning at 0; another one means that records were deleted. */
    private Optional<String> deletedRecords(Watermark watermark) {
        Map<String, Long> accepted =
                watermark.getTopics() == null ? Map.of() : watermark.getTopics().getBeginnings();
        return beginnings().entrySet().stream()
                .filter(partition -> partition.getValue() > accepted.getOrDefault(partition.getKey(), 0L))
                .findFirst()
                .map(partition -> "topic partition " + partition.getKey() + " begins at " + partition.getValue()
                        + ": the records before were deleted, by a retention or by hand");
    }

    /** A topic that was created anew lacks rows, also if it has grown to where the former one ended. */
    private Optional<String> recreatedTopic(Watermark watermark) {
        if (watermark.getTopics() == null) {
            return Optional.empty();
        }
        Map<String, String> now = topicIds();
        Map<String, String> recorded = new TreeMap<>(watermark.getTopics().getIds());
        recorded.keySet().retainAll(capturedTopics());
        return recorded.entrySet().stream()
                .filter(topic ->
                        !now.getOrDefault(topic.getKey(), topic.getValue()).equals(topic.getValue()))
                .findFirst()
                .map(topic -> "topic " + topic.getKey() + " was deleted and created again");
    }

    /** The ids of the captured topics that exist, by name. */
    private Map<String, String> topicIds() {
        return topicIds(capturedTopics());
    }

    private Map<String, String> topicIds(Set<String> names) {
        try (Admin admin = Admin.create(kafka.properties())) {
            return KafkaFutures.get(admin.listTopics().listings()).stream()
                    .filter(topic -> names.contains(topic.name()))
                    .collect(Collectors.toMap(
                            TopicListing::name, topic -> topic.topicId().toString()));
        }
    }

    private Map<String, Long> beginnings() {
        return view.beginnings(capturedTopics());
    }

    private EpochTopics topics() {
        return new EpochTopics(kafka.catalogue().partitions(), beginnings(), topicIds());
    }

    /** With the topics of tables that are captured from now on. */
    private Watermark withTopicIds(Watermark watermark) {
        return Watermark.newBuilder(watermark)
                .setTopics(EpochTopics.newBuilder(watermark.getTopics())
                        .setIds(topicIds())
                        .build())
                .build();
    }

    private Watermark withTopics(Watermark watermark) {
        return watermark.getTopics() == null
                ? Watermark.newBuilder(watermark).setTopics(topics()).build()
                : watermark;
    }

    private void resumeFrom(Watermark watermark) {
        Map<String, Long> shorter = view.shorterThan(watermark.getOffsets());
        Map<String, Long> ends = new HashMap<>(watermark.getOffsets());
        ends.putAll(shorter);
        publisher.resumeFrom(ends);
        // The topic of a table that is no longer captured may be deleted. If the table is captured again, it is read
        // whole.
        Set<String> captured = capturedTopics();
        lostRecords = shorter.entrySet().stream()
                .filter(partition -> captured.contains(
                        partition.getKey().substring(0, partition.getKey().lastIndexOf('-'))))
                .findFirst()
                .map(partition -> "topic partition " + partition.getKey() + " ends at " + partition.getValue()
                        + ", and was written up to " + watermark.getOffsets().get(partition.getKey())
                        + ": the topic was deleted and created again, or Kafka lost records or was restored");
    }

    /**
     * Whether the source cannot continue from the watermark, so that its capture would stop and ask for a new epoch.
     */
    boolean needsEpoch(Optional<Watermark> last, Optional<SlotState> slot) throws SQLException {
        if (lostRecords.isPresent()) {
            return true;
        }
        try {
            StartPosition start = StartPosition.of(config, last, identity, slot);
            if (start == StartPosition.SNAPSHOT) {
                return false;
            }
            if (start == StartPosition.STREAM
                    && new WalHistory(last.orElseThrow()).contradiction(config, slot.orElseThrow()) != null) {
                return true;
            }
            WalHistory.requireDecodable(config);
            return false;
        } catch (CaptureException e) {
            return true;
        }
    }

    /** Declares in Kafka that a new epoch begins with this server's current state. */
    Watermark declareEpoch(Optional<Watermark> last) {
        int epoch = last.map(watermark -> watermark.getEpoch() + 1).orElseGet(this::nextEpoch);
        LOG.info("declared epoch {} of {}; it begins with a snapshot", epoch, config.source());
        return declare(epoch);
    }

    /** Commits a watermark with LSN 0, which names server and slot before the slot exists. */
    private Watermark declare(int epoch) {
        Watermark watermark = watermark(
                Lsn.ZERO,
                epoch,
                new SnapshotProgress(
                        SnapshotState.RUNNING, 0L, List.copyOf(dropped.keySet()), List.of(), identitiesWithDropped()));
        publisher.commit(config.source(), offsets -> with(watermark, offsets));
        return watermark;
    }

    void run(Optional<Watermark> last, Optional<SlotState> slot) throws SQLException, InterruptedException {
        provisionTopics();
        try (LeadershipMonitor watch = new LeadershipMonitor(config, database, this::stop, () -> stopping)) {
            lead = watch;
            run(StartPosition.of(config, last, identity, slot), last, slot);
            watch.requireLead();
        }
    }

    private void run(StartPosition start, Optional<Watermark> last, Optional<SlotState> slot)
            throws SQLException, InterruptedException {
        switch (start) {
            case SNAPSHOT -> {
                if (slot.isPresent()) {
                    // Everything that was acknowledged through it is read again.
                    database.dropSlot(config.slot());
                }
                beginEpoch(last.map(Watermark::getEpoch).orElseGet(this::nextEpoch));
            }
            case REST_OF_SNAPSHOT ->
                continueFrom(last.orElseThrow(), slot.orElseThrow(), last.get().getMark() == null);
            case STREAM -> continueFrom(last.orElseThrow(), slot.orElseThrow(), false);
        }
    }

    private void beginEpoch(int epoch) throws SQLException, InterruptedException {
        LOG.info("capture of {} begins with a snapshot of {}", config.source(), String.join(", ", config.tables()));
        observer.update(now -> now.with(CaptureState.SNAPSHOT));
        declare(epoch);
        try (SlotCreation slot = SlotCreation.create(config.database(), config.slot())) {
            List<TableSnapshot> tables = config.tables().stream()
                    .map(table ->
                            TableSnapshot.whole(table, view.ends(config.source().topicOf(table))))
                    .toList();
            Watermark from = watermark(
                    slot.position(),
                    epoch,
                    new SnapshotProgress(
                            SnapshotState.RUNNING,
                            0L,
                            List.copyOf(dropped.keySet()),
                            tables.stream().map(TableSnapshot::toAvro).toList(),
                            identitiesWithDropped()));
            publisher.commit(config.source(), offsets -> with(from, offsets));
            prepare(from);
            removeDropped();
            if (!readBeforeStream(Optional.of(slot.snapshot()))) {
                return;
            }
        }
        stream();
    }

    private void continueFrom(Watermark watermark, SlotState slot, boolean nothingStreamed)
            throws SQLException, InterruptedException {
        if (lostRecords.isPresent()) {
            throw StartPosition.lostRecords(config, lostRecords.get());
        }
        String contradiction = new WalHistory(watermark).contradiction(config, slot);
        if (contradiction != null) {
            throw StartPosition.otherHistory(config, watermark, contradiction);
        }
        Lsn position = new Lsn(watermark.getLsn());
        if (position.isAfter(slot.confirmed())) {
            database.advanceSlot(config.slot(), position);
        }
        LOG.info("capture of {} continues after {}", config.source(), position);
        prepare(withTopicIds(watermark));
        observer.update(now -> now.at(
                position,
                watermark.getEpoch(),
                watermark.getCommittedAt(),
                now.changes(),
                now.deadLetters(),
                now.kafkaTransactions()));
        removeDropped();
        if (nothingStreamed) {
            observer.update(now -> now.with(CaptureState.SNAPSHOT));
            if (!readBeforeStream(Optional.empty())) {
                return;
            }
        }
        stream();
    }

    /** Changes of these tables that the stream still has are not captured any more. */
    private void removeDropped() {
        if (!dropped.isEmpty()) {
            Map<String, String> topics = topicIds(
                    dropped.keySet().stream().map(config.source()::topicOf).collect(Collectors.toSet()));
            handler.removeRows(dropped.keySet(), topics.keySet());
            dropped = Map.of();
        }
    }

    private boolean readBeforeStream(Optional<String> exported) throws SQLException {
        boolean read = false;
        try {
            read = handler.readBeforeStream(exported);
        } finally {
            if (!read) {
                closeSnapshots();
            }
        }
        return read;
    }

    private void prepare(Watermark from) throws SQLException {
        // From here on the session with the server is used only now and then.
        database.expectAnswers();
        lead.start();
        CurrentRowReader currentRows = new CurrentRowReader(database);
        RecordEncoder encoder = new RecordEncoder(
                config,
                kafka.catalogue(),
                kafka.registry(),
                RecordSize.limit(kafka.properties()),
                unwritten(config.source(), from),
                new AddedColumnReader(config, database, currentRows));
        Progress progress = new Progress(encoder);
        Snapshots reading = new Snapshots(
                config, encoder, publisher, view, from.getEpoch(), from.getSnapshot(), requests, progress);
        reading.add(config.tables());
        snapshots = reading;
        handler = new ChangeHandler(
                config,
                encoder,
                new TopicKeys(view),
                new UnchangedToastResolver(currentRows, encoder, view, kafka.registry()),
                publisher,
                reading,
                identity,
                from,
                progress);
        if (stopping) {
            handler.requestStop();
        }
    }

    /**
     * Whether a topic has no record of the watermark's epoch: nothing was streamed yet, and no row of its table was
     * read.
     */
    static Predicate<String> unwritten(Source source, Watermark watermark) {
        if (watermark.getMark() != null) {
            return topic -> false;
        }
        SnapshotProgress progress = watermark.getSnapshot();
        Set<String> written = Stream.concat(
                        progress.getTables().stream(),
                        progress.getPending().stream()
                                .map(TableSnapshot::of)
                                .filter(table ->
                                        table.rows() > 0 || !table.lastKey().isEmpty())
                                .map(TableSnapshot::table))
                .map(source::topicOf)
                .collect(Collectors.toSet());
        return topic -> !written.contains(topic);
    }

    private void stream() throws InterruptedException {
        CaptureEngine running = new CaptureEngine(config, handler);
        engine = running;
        observer.update(now -> now.with(CaptureState.STREAMING));
        try (HeartbeatMessages messages =
                new HeartbeatMessages(config, database, () -> observer.status().captured(), this::followPublication)) {
            messages.start();
            if (!stopping) {
                running.run();
            }
        } catch (RuntimeException e) {
            // A stopping engine throws errors of its own. A real defect occurs again in the next session.
            boolean permanent = FailureKind.of(e) == FailureKind.PERMANENT;
            if (!permanent || (!stopping && !tablesHaveChanged(e))) {
                throw explained(e);
            }
            LOG.debug("ignored an error of an engine that stops, or whose tables have changed", e);
        } finally {
            closeEngine();
            closeSnapshots();
        }
    }

    /** Changes of a table that was dropped since cannot be decoded. The next session does not capture it. */
    private boolean tablesHaveChanged(RuntimeException error) {
        try {
            return !database.published(configured.publication())
                    .captured(configured)
                    .equals(config.tables());
        } catch (SQLException e) {
            error.addSuppressed(e);
            return false;
        }
    }

    /** An unknown error of the engine, with what the server has come to lack while it was captured. */
    private RuntimeException explained(RuntimeException error) {
        if (FailureKind.of(error) != FailureKind.PERMANENT) {
            return error;
        }
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof CaptureException) {
                return error;
            }
        }
        try {
            List<Prerequisites.Problem> problems = database.problems(config);
            return problems.isEmpty() ? error : undecodable(error, problems);
        } catch (SQLException e) {
            error.addSuppressed(e);
            return error;
        }
    }

    private CaptureException undecodable(RuntimeException error, List<Prerequisites.Problem> problems) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new CaptureException(
                "a change after "
                        + observer.status().captured().map(Lsn::toString).orElse("the snapshot")
                        + " cannot be decoded (" + cause.getMessage() + "), and " + config.database()
                        + " cannot be captured any more:"
                        + problems.stream().map(problem -> "\n- " + problem).collect(Collectors.joining())
                        + "\nWhat was written until then cannot be decoded afterwards either. A new snapshot replaces it:"
                        + " " + NewEpochRemedy.command(config.source()),
                error);
    }

    /** Warns of configured tables that the application lacks, and of published tables that cannot be captured. */
    private void warnOfUncapturedTables() throws SQLException {
        for (MissingAddition missing : database.missingAdditions(configured, published)) {
            LOG.warn(
                    "{}: {}, so {}",
                    configured.source(),
                    missing.reason(),
                    missing.addition().consequence());
        }
        if (configured.followPublication() && !published.withoutTopic().isEmpty()) {
            LOG.warn(
                    "tables {} of publication {} are not captured: their names are not valid in topic names",
                    published.withoutTopic(),
                    configured.publication());
        }
    }

    private void followPublication() throws SQLException {
        PublishedTables now = database.published(configured.publication());
        if (!now.captured(configured).equals(config.tables())
                || !identities(now).equals(identities(published))) {
            LOG.info("publication {} has changed: it lists {}", config.publication(), String.join(", ", now.names()));
            stop();
        }
    }

    private Map<String, String> identitiesWithDropped() {
        Map<String, String> identities = identities(published);
        identities.putAll(dropped);
        return identities;
    }

    /** The identity of each captured table. */
    private Map<String, String> identities(PublishedTables tables) {
        Map<String, String> identities = new TreeMap<>(tables.identities());
        identities.keySet().retainAll(config.tables());
        return identities;
    }

    /** Tables that were renamed do not exist under their former names. */
    private Map<String, String> dropped(SnapshotProgress progress) throws SQLException {
        Set<String> former = new TreeSet<>(progress.getTables());
        progress.getPending().forEach(pending -> former.add(pending.getTable()));
        config.tables().forEach(former::remove);
        if (former.isEmpty()) {
            return Map.of();
        }
        Map<String, String> gone = new TreeMap<>();
        database.withoutTable(former)
                .forEach(table -> gone.put(table, progress.getIdentities().getOrDefault(table, "")));
        return gone;
    }

    /**
     * A table that was not captured for a while has a gap, so it is read again. A table that was dropped remains known
     * until its rows are removed from its topic, with an identity that differs from that of a later table of its name.
     */
    private Watermark forgetUnpublished(Watermark watermark) {
        SnapshotProgress progress = watermark.getSnapshot();
        Map<String, String> identities = identitiesWithDropped();
        Set<String> tables = new LinkedHashSet<>(progress.getTables());
        tables.addAll(dropped.keySet());
        SnapshotProgress captured = SnapshotProgress.newBuilder(progress)
                .setIdentities(identities)
                .setTables(tables.stream()
                        .filter(table -> isSame(table, progress.getIdentities(), identities))
                        .toList())
                .setPending(progress.getPending().stream()
                        .filter(pending -> !dropped.containsKey(pending.getTable()))
                        .filter(pending -> isSame(pending.getTable(), progress.getIdentities(), identities))
                        .toList())
                .build();
        if (captured.equals(progress)) {
            return watermark;
        }
        Watermark known = Watermark.newBuilder(watermark).setSnapshot(captured).build();
        publisher.commit(config.source(), offsets -> with(known, offsets));
        return known;
    }

    private static boolean isSame(String table, Map<String, String> before, Map<String, String> now) {
        String identity = now.get(table);
        return identity != null && PublishedTables.isSame(before.getOrDefault(table, identity), identity);
    }

    private void provisionTopics() {
        List<Topic<?, ?>> topics = new ArrayList<>();
        config.tables().forEach(table -> topics.add(kafka.catalogue().changesOf(config.source(), table)));
        try (Admin admin = Admin.create(kafka.properties())) {
            new TopicProvisioning(admin).create(topics);
        } catch (TopicRefusedException e) {
            throw new CaptureException(e.getMessage(), e);
        }
    }

    /** Requests that a table, or a range of its keys, is read again. Returns the id of the request. */
    String snapshot(String table, List<String> from, List<String> to) {
        Snapshots reading = snapshots;
        if (reading == null || observer.status().state() != CaptureState.STREAMING) {
            throw new IllegalStateException("capture of " + config.source() + " is not streaming now");
        }
        if (!config.tables().contains(table)) {
            throw new NoSuchElementException("table " + table + " of " + config.source()
                    + " is not captured; these are: " + String.join(", ", config.tables()));
        }
        try {
            KeyRange.require(config.database(), table, from, to);
        } catch (SQLException e) {
            throw new IllegalStateException("the range of keys cannot be checked now: " + e.getMessage(), e);
        }
        String id = requests.add(table, from, to);
        reading.requested();
        return id;
    }

    /** Ends the session: stops the intake, commits complete transactions, then ends the engine. */
    void stop() {
        stopping = true;
        ChangeHandler running = handler;
        try {
            if (running != null && !running.stop(STOP_AT_BOUNDARY)) {
                LOG.info("stopping in the middle of a transaction, which is then captured again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeEngine();
    }

    private void closeEngine() {
        CaptureEngine running = engine;
        if (running == null) {
            return;
        }
        try {
            running.close();
        } catch (IllegalStateException | IOException e) {
            // It has ended, or is about to.
            LOG.debug("the engine cannot be closed", e);
        }
    }

    private void closeSnapshots() {
        Snapshots reading = snapshots;
        if (reading != null) {
            reading.close();
        }
    }

    private Watermark watermark(Lsn lsn, int epoch, SnapshotProgress progress) {
        return new Watermark(
                lsn.value(),
                epoch,
                identity.systemIdentifier(),
                identity.timeline(),
                config.slot(),
                null,
                Instant.EPOCH,
                Map.of(),
                progress,
                null,
                topics());
    }

    private static Watermark with(Watermark watermark, Map<String, Long> offsets) {
        return Watermark.newBuilder(watermark).setOffsets(offsets).build();
    }

    private final class Progress implements ChangeHandler.Progress, Snapshots.Listener {
        private final RecordEncoder encoder;
        private final long deadLettersBefore = observer.status().deadLetters();
        private long changes = observer.status().changes();

        Progress(RecordEncoder encoder) {
            this.encoder = encoder;
        }

        @Override
        public void change() {
            changes++;
        }

        @Override
        public void captured(Lsn position, int epoch, Instant committedAt) {
            observer.update(now -> now.at(
                    position,
                    epoch,
                    committedAt,
                    changes,
                    deadLettersBefore + encoder.deadLetters(),
                    now.kafkaTransactions() + 1));
        }

        @Override
        public void snapshots(List<TableSnapshot> pending) {
            observer.update(now -> now.with(pending));
        }

        @Override
        public void completed(CompletedSnapshot snapshot) {
            observer.update(now -> now.with(snapshot));
        }

        @Override
        public void failed(FailedSnapshot snapshot) {
            observer.update(now -> now.with(snapshot));
        }
    }
}
