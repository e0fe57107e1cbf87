package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures one source: waits for the lead, decides where to start, runs the engine, and starts again from the watermark
 * after an error that may pass. Nothing is acknowledged to PostgreSQL before Kafka has committed it.
 */
public final class Capture implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Capture.class);
    private static final Duration LEAD_POLL = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration STOP_AT_BOUNDARY = Duration.ofSeconds(2);
    private static final Duration STOP = Duration.ofSeconds(6);
    private static final Duration SLOT_RELEASE = Duration.ofSeconds(60);

    private final CaptureConfig config;
    private final TopicCatalogue catalogue;
    private final Map<String, Object> kafka;
    private final String registryUrl;
    private final Duration transactionTimeout;
    private final Thread thread;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final AtomicReference<CaptureStatus> status;
    private volatile @Nullable Session session;

    /**
     * @param kafka client properties, {@code bootstrap.servers} among them
     * @param transactionTimeout the longest that one PostgreSQL transaction, or the snapshot, may take on its way; at
     *     most the brokers' {@code transaction.max.timeout.ms}
     */
    public Capture(
            CaptureConfig config,
            TopicCatalogue catalogue,
            Map<String, Object> kafka,
            String registryUrl,
            Duration transactionTimeout) {
        this.config = config;
        this.catalogue = catalogue;
        this.kafka = Map.copyOf(kafka);
        this.registryUrl = registryUrl;
        this.transactionTimeout = transactionTimeout;
        this.status = new AtomicReference<>(new CaptureStatus(
                config.source(), CaptureState.STARTING, Optional.empty(), Optional.empty(), 0, Optional.empty(), 0));
        this.thread = new Thread(this::supervise, "capture-" + config.source().id());
    }

    public void start() {
        thread.start();
    }

    public CaptureStatus status() {
        return status.get();
    }

    /** Commits what is complete, then ends; within 10 seconds. */
    @Override
    public void close() {
        stop.countDown();
        try {
            Session running = session;
            if (running != null) {
                running.stop();
            }
            thread.join(STOP.toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(LEAD_POLL.toMillis());
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private void supervise() {
        Duration pause = FIRST_PAUSE;
        while (stop.getCount() > 0) {
            Optional<Lsn> before = status().captured();
            try {
                capture();
            } catch (Throwable error) {
                if (stop.getCount() == 0) {
                    break;
                }
                Failure failure = Failure.of(error);
                String reason = failure == Failure.FENCED
                        ? "fenced: another process captures " + config.source() + " now"
                        : reason(error);
                if (failure != Failure.RETRIABLE) {
                    CaptureState end = failure == Failure.FENCED ? CaptureState.FENCED : CaptureState.FAILED;
                    LOGGER.error("capture of {} stops: {}", config.source(), reason);
                    LOGGER.debug("cause", error);
                    update(now -> with(now, end, Optional.of(reason)));
                    return;
                }
                if (!status().captured().equals(before)) {
                    pause = FIRST_PAUSE;
                }
                LOGGER.warn("capture of {}: {}; trying again in {} ms", config.source(), reason, pause.toMillis());
                LOGGER.debug("cause", error);
                update(now -> with(now, CaptureState.STARTING, Optional.of(reason)));
                if (stopsWithin(pause)) {
                    break;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
        update(now -> with(now, CaptureState.STOPPED, Optional.empty()));
    }

    private void capture() throws SQLException, InterruptedException {
        try (SourceDatabase database = SourceDatabase.connect(config.database())) {
            if (!lead(database)) {
                return;
            }
            try (TransactionPublisher publisher = TransactionPublisher.open(
                    kafka, "waltally-capture-" + config.source().id(), transactionTimeout, catalogue.watermarks())) {
                SourceIdentity identity = database.identity();
                Watermark from = start(database, publisher, identity);
                run(database, publisher, identity, from);
            }
        }
    }

    /** False if stopped while waiting. */
    private boolean lead(SourceDatabase database) throws SQLException {
        boolean waited = false;
        while (!database.tryLead(config.slot())) {
            if (!waited) {
                LOGGER.info(
                        "capture of {} waits: another process captures through slot {}",
                        config.source(),
                        config.slot());
                update(now -> with(now, CaptureState.WAITING, Optional.empty()));
                waited = true;
            }
            if (stopsWithin(LEAD_POLL)) {
                return false;
            }
        }
        return true;
    }

    /** Decides where to start, and brings the slot there. */
    private Watermark start(SourceDatabase database, TransactionPublisher publisher, SourceIdentity identity)
            throws SQLException {
        Optional<Watermark> last = new Watermarks(catalogue.watermarks(), kafka).last(config.source());
        Optional<SlotState> slot = releasedSlot(database);
        boolean resumes = last.isPresent()
                && last.get().getSnapshot() != null
                && last.get().getSnapshot().getState() == SnapshotState.COMPLETED;
        if (!resumes) {
            return startFresh(database, publisher, identity, last, slot);
        }
        Watermark watermark = last.get();
        checkIncarnation(watermark, identity, slot);
        Lsn position = new Lsn(watermark.getLsn());
        if (position.isAfter(slot.orElseThrow().confirmed())) {
            database.advanceSlot(config.slot(), position);
        }
        publisher.resumeFrom(watermark.getOffsets());
        LOGGER.info("capture of {} goes on after {}", config.source(), position);
        update(now -> new CaptureStatus(
                now.source(),
                CaptureState.STREAMING,
                Optional.empty(),
                Optional.of(position),
                watermark.getEpoch(),
                Optional.of(Instant.now()),
                now.changes()));
        return watermark;
    }

    private Watermark startFresh(
            SourceDatabase database,
            TransactionPublisher publisher,
            SourceIdentity identity,
            Optional<Watermark> last,
            Optional<SlotState> slot)
            throws SQLException {
        if (slot.isPresent()) {
            if (last.isEmpty()) {
                throw new CaptureException("replication slot " + config.slot()
                        + " exists, but Kafka has no watermark of " + config.source()
                        + ": changes may have been consumed through it that Kafka never got. If nothing else uses it,"
                        + " drop it (SELECT pg_drop_replication_slot('" + config.slot() + "')) and start again");
            }
            // The slot of a snapshot that did not come to its end: nothing was committed, so nothing is lost with it.
            database.dropSlot(config.slot());
        }
        Watermark fresh = new Watermark(
                Lsn.ZERO.value(),
                0,
                identity.systemIdentifier(),
                identity.timeline(),
                config.slot(),
                null,
                Instant.EPOCH,
                Map.of(),
                new SnapshotProgress(SnapshotState.RUNNING, 0L, List.of()));
        // Says whose slot it is that the engine is about to make.
        publisher.commit(config.source(), offsets -> fresh);
        LOGGER.info("capture of {} begins with a snapshot of {}", config.source(), String.join(", ", config.tables()));
        update(now -> with(now, CaptureState.SNAPSHOT, Optional.empty()));
        return fresh;
    }

    private void checkIncarnation(Watermark watermark, SourceIdentity identity, Optional<SlotState> slot) {
        if (watermark.getSystemIdentifier() != identity.systemIdentifier()
                || watermark.getTimeline() != identity.timeline()) {
            throw new CaptureException("the watermark of " + config.source() + " belongs to another history (system "
                    + Long.toUnsignedString(watermark.getSystemIdentifier()) + ", timeline " + watermark.getTimeline()
                    + "; this server is system " + Long.toUnsignedString(identity.systemIdentifier()) + ", timeline "
                    + identity.timeline() + "): LSNs of the two cannot be compared");
        }
        String repair = ": changes after " + new Lsn(watermark.getLsn()) + " may be lost";
        if (slot.isEmpty()) {
            throw new CaptureException("replication slot " + config.slot() + " does not exist any more" + repair);
        }
        if ("lost".equals(slot.get().walStatus())) {
            throw new CaptureException("replication slot " + config.slot()
                    + " was invalidated: the server removed WAL that it needed (max_slot_wal_keep_size)" + repair);
        }
        if (slot.get().confirmed().isAfter(new Lsn(watermark.getLsn()))) {
            throw new CaptureException("replication slot " + config.slot() + " stands at "
                    + slot.get().confirmed() + ", ahead of the watermark: something else consumed from it" + repair);
        }
    }

    /** The slot stays active for moments after its last user died. */
    private Optional<SlotState> releasedSlot(SourceDatabase database) throws SQLException {
        long deadline = System.nanoTime() + SLOT_RELEASE.toNanos();
        Optional<SlotState> slot = database.slot(config.slot());
        while (slot.isPresent() && slot.get().active() && System.nanoTime() < deadline && !stopsWithin(FIRST_PAUSE)) {
            slot = database.slot(config.slot());
        }
        return slot;
    }

    private void run(SourceDatabase database, TransactionPublisher publisher, SourceIdentity identity, Watermark from)
            throws InterruptedException {
        ChangeHandler handler = new ChangeHandler(
                config,
                new RecordEncoder(config, catalogue, registryUrl),
                new LiveKeys(kafka),
                publisher,
                identity,
                from,
                new StatusProgress());
        boolean snapshot = from.getSnapshot().getState() == SnapshotState.RUNNING;
        try (Session running = new Session(handler, new CaptureEngine(config, snapshot, handler));
                IdleMessages messages = new IdleMessages(config, database, this::status)) {
            session = running;
            messages.start();
            if (stop.getCount() > 0) {
                running.engine.run();
            }
        } finally {
            session = null;
        }
    }

    private boolean stopsWithin(Duration pause) {
        try {
            return stop.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void update(UnaryOperator<CaptureStatus> change) {
        status.updateAndGet(change);
    }

    private static CaptureStatus with(CaptureStatus now, CaptureState state, Optional<String> reason) {
        return new CaptureStatus(
                now.source(), state, reason, now.captured(), now.epoch(), now.progressedAt(), now.changes());
    }

    /** The innermost message: the outer ones tell how Debezium and Kafka pass an error on. */
    private static String reason(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null && !(cause instanceof CaptureException)) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** An engine and its consumer, which end in order: first the intake, then the engine. */
    private record Session(ChangeHandler handler, CaptureEngine engine) implements AutoCloseable {
        void stop() throws InterruptedException {
            if (!handler.stop(STOP_AT_BOUNDARY)) {
                LOGGER.info("stopping in the middle of a transaction, which is then captured again");
            }
            close();
        }

        @Override
        public void close() {
            try {
                engine.close();
            } catch (IllegalStateException | IOException e) {
                // It has ended already, or is about to.
                LOGGER.debug("engine not closed", e);
            }
        }
    }

    private final class StatusProgress implements ChangeHandler.Progress {
        private long changes = status().changes();

        @Override
        public void change() {
            changes++;
        }

        @Override
        public void snapshotCompleted(long rows) {
            LOGGER.info("snapshot of {} is complete: {} rows", config.source(), rows);
            update(now -> with(now, CaptureState.STREAMING, Optional.empty()));
        }

        @Override
        public void captured(Lsn position, int epoch) {
            update(now -> new CaptureStatus(
                    now.source(),
                    CaptureState.STREAMING,
                    Optional.empty(),
                    Optional.of(position),
                    epoch,
                    Optional.of(Instant.now()),
                    changes));
        }
    }
}
