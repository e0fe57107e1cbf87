package io.waltally.connectors.capture;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.CapturedElsewhereException;
import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.connectors.capture.error.NewEpochRemedy;
import io.waltally.connectors.capture.error.OngoingFailure;
import io.waltally.connectors.capture.error.PublicationGapException;
import io.waltally.connectors.capture.error.SourceConnectionException;
import io.waltally.connectors.capture.error.UnreadableWatermarkException;
import io.waltally.connectors.capture.publishing.CaptureFailures;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.connectors.capture.publishing.TransactionPublisher;
import io.waltally.connectors.capture.publishing.Watermarks;
import io.waltally.connectors.capture.retention.RetainedWal;
import io.waltally.connectors.capture.retention.SlotMonitor;
import io.waltally.connectors.capture.snapshot.FailedSnapshot;
import io.waltally.connectors.capture.snapshot.SnapshotRequests;
import io.waltally.connectors.capture.source.SlotState;
import io.waltally.connectors.capture.source.SourceDatabase;
import io.waltally.connectors.capture.source.WalHistory;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.control.Watermark;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures one source. Waits for the lead, then runs one {@link CaptureSession} after the other, each from the
 * watermark of the previous one. Retriable errors start a new session; a refused login is retried for a limited time. A
 * capture that another process has fenced ends; all other errors end in {@link CaptureState#FAILED}, until an operator
 * resumes. Nothing is acknowledged to PostgreSQL before Kafka has committed it.
 */
public final class Capture implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);
    private static final Duration LEAD_POLL = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(6);

    /** An interrupted session still closes its publisher. */
    private static final Duration STOP_INTERRUPTED = TransactionPublisher.CLOSE.plusSeconds(1);

    private static final Duration SLOT_GRACE = Duration.ofSeconds(2);
    private static final Duration SLOT_RELEASE = Duration.ofSeconds(60);
    private static final Duration SLOT_POLL = Duration.ofMillis(200);

    private final CaptureConfig config;
    private final KafkaTarget kafka;
    private final Thread thread;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Semaphore resumed = new Semaphore(0);
    private final AtomicReference<CaptureStatus> status;
    private final SlotMonitor slotMonitor;
    private final CaptureFailures failures;
    private final OngoingFailure failing = new OngoingFailure();
    private final OngoingFailure refused = new OngoingFailure();
    private final SnapshotRequests requests = new SnapshotRequests();
    private volatile boolean newEpoch;
    private volatile boolean newEpochForced;

    /** Whether the source failed for a reason that a new epoch may remedy. */
    private volatile boolean newEpochMayHelp = true;

    private volatile @Nullable CaptureSession session;

    public Capture(CaptureConfig config, KafkaTarget kafka) {
        this.config = config;
        this.kafka = kafka;
        this.status = new AtomicReference<>(CaptureStatus.starting(config.source()));
        this.slotMonitor = new SlotMonitor(config, () -> status().state().leads());
        this.failures = kafka.failures();
        this.thread = new Thread(this::supervise, "capture-" + config.source().id());
    }

    public void start() {
        thread.start();
        slotMonitor.start();
    }

    public CaptureStatus status() {
        return status.get();
    }

    /**
     * The WAL retained for the slot; empty while another process captures the source, and while the server does not
     * answer.
     */
    public Optional<RetainedWal> retainedWal() {
        return slotMonitor.latest();
    }

    /**
     * Continues after a failure, or begins a new epoch: a snapshot of the server's current state, with tombstones for
     * rows that no longer exist.
     *
     * @param force whether the new epoch begins even if the source stopped for a reason that a new epoch does not
     *     remedy, or if the configuration contradicts that of another process, which captures the source and is then
     *     fenced
     * @throws IllegalStateException if there is nothing to resume, if another process captures the source, or if a new
     *     epoch is no remedy and not forced
     */
    public void resume(boolean inNewEpoch, boolean force) {
        CaptureState now = status().state();
        if (now == CaptureState.WAITING || now == CaptureState.FENCED || now == CaptureState.STOPPED) {
            throw new IllegalStateException("this process does not capture " + config.source() + " (it is "
                    + now.name().toLowerCase(java.util.Locale.ROOT) + "); ask the one that does");
        }
        if (now != CaptureState.FAILED && !inNewEpoch) {
            throw new IllegalStateException("capture of " + config.source() + " has not failed (it is "
                    + now.name().toLowerCase(java.util.Locale.ROOT) + "): there is nothing to resume");
        }
        if (inNewEpoch && now == CaptureState.FAILED && !force) {
            requireNobodyElse();
            requireRemedy();
        }
        newEpochForced = force;
        newEpoch |= inNewEpoch;
        CaptureSession running = session;
        if (now == CaptureState.FAILED) {
            update(failed -> failed.with(CaptureState.STARTING));
            resumed.release();
        } else if (running != null) {
            running.stop();
        }
    }

    private void requireNobodyElse() {
        try (SourceDatabase database = SourceDatabase.connect(config)) {
            requireNobodyElse(config, kafka, database, status().captured());
        } catch (CapturedElsewhereException e) {
            throw new IllegalStateException(e.getMessage(), e);
        } catch (SQLException e) {
            // Compared again when the server answers.
            LOG.debug("the server of {} cannot be compared", config.source(), e);
        }
    }

    private void requireRemedy() {
        if (!newEpochMayHelp) {
            throw new IllegalStateException("capture of " + config.source()
                    + " has stopped for a reason that a new epoch does not remedy: "
                    + status().reason().orElse("unknown") + ". Fix that, then: waltally resume " + config.source()
                    + ". A new epoch would drop its slot and read all tables again. If that is meant: "
                    + NewEpochRemedy.command(config.source()) + " --force");
        }
    }

    /**
     * Reads a table, or a range of its keys, again while streaming continues, also in later sessions. Ends when the
     * status has it as completed or failed.
     *
     * @param from first values of the primary key in PostgreSQL's text form, inclusive; empty: from the beginning
     * @param to first values of the primary key, exclusive; empty: to the end
     * @return the id of the request
     * @throws java.util.NoSuchElementException if the table is not captured
     * @throws IllegalArgumentException if the values are not a range of the table's key
     * @throws IllegalStateException if this process is not streaming the source
     */
    public String snapshot(String table, List<String> from, List<String> to) {
        CaptureSession running = session;
        if (running == null) {
            throw new IllegalStateException("this process does not capture " + config.source() + " now");
        }
        return running.snapshot(table, from, to);
    }

    /**
     * Declares a new epoch while no process captures the source; the next one to capture it begins the epoch.
     *
     * @param stopped the reason for which the last capture stopped, if it did
     * @param force whether to declare it even if the source can continue from the watermark, or if the configuration
     *     contradicts that of another process, which captures the source and is then fenced
     * @return the epoch
     * @throws IllegalStateException if a process captures the source, or if the source needs no new epoch and none is
     *     forced
     */
    public static int declareEpoch(CaptureConfig config, KafkaTarget kafka, Optional<String> stopped, boolean force)
            throws SQLException {
        boolean asked = stopped.stream().anyMatch(reason -> NewEpochRemedy.isNamedIn(reason, config.source()));
        try (SourceDatabase database = SourceDatabase.connect(config)) {
            if (!force) {
                try {
                    requireNobodyElse(config, kafka, database, Optional.empty());
                } catch (CapturedElsewhereException e) {
                    throw new IllegalStateException(e.getMessage(), e);
                }
            }
            if (!database.tryLead(config.source(), kafka.clusterId(), config.slot())) {
                throw new IllegalStateException("a process captures " + config.source() + " through slot "
                        + config.slot() + " on this server; ask it over its HTTP address");
            }
            if (!force) {
                try {
                    requireNoCopy(config, kafka, database, Optional.empty());
                } catch (CapturedElsewhereException e) {
                    throw new IllegalStateException(e.getMessage(), e);
                }
            }
            try (TransactionPublisher publisher = kafka.openPublisher(config)) {
                CaptureStatus unseen = CaptureStatus.starting(config.source());
                CaptureSession session = new CaptureSession(
                        config,
                        kafka,
                        database,
                        publisher,
                        new SnapshotRequests(),
                        new Observed(new AtomicReference<>(unseen)));
                Optional<Watermark> last = session.begin(true);
                if (!force && !asked && !session.needsEpoch(last, database.slot(config.slot()))) {
                    throw new IllegalStateException(
                            config.source() + " needs no new epoch: the next 'waltally run' goes"
                                    + " on from where it is. A new epoch would drop its slot and read all tables again. If that"
                                    + " is meant: " + NewEpochRemedy.command(config.source()) + " --force");
                }
                return session.declareEpoch(last).getEpoch();
            }
        }
    }

    /** Commits complete transactions, then ends; within 10 seconds. */
    @Override
    public void close() {
        stop.countDown();
        resumed.release();
        slotMonitor.close();
        try {
            CaptureSession running = session;
            if (running != null) {
                running.stop();
            }
            thread.join(STOP.toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(STOP_INTERRUPTED.toMillis());
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
                FailureKind failure = FailureKind.of(error);
                String reason = failure == FailureKind.FENCED
                        ? "fenced: another process captures " + config.source() + " now"
                        : reason(error);
                if (!isRetried(failure, reason)) {
                    end(failure, reason, error);
                    if (failure == FailureKind.FENCED) {
                        return;
                    }
                    resumed.acquireUninterruptibly();
                    failing.end();
                    refused.end();
                    continue;
                }
                if (!status().captured().equals(before) || status().state() == CaptureState.WAITING) {
                    pause = FIRST_PAUSE;
                    failing.end();
                }
                if (failing.shouldLog(reason)) {
                    LOG.warn("capture of {}: {}; trying again", config.source(), reason);
                }
                LOG.debug("cause, next attempt in {} ms", pause.toMillis(), error);
                update(now -> now.with(CaptureState.STARTING, Optional.of(reason)));
                if (stopsWithin(pause)) {
                    break;
                }
                pause = pause.multipliedBy(2).compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : pause.multipliedBy(2);
            }
        }
        update(now -> now.with(CaptureState.STOPPED));
    }

    private void end(FailureKind failure, String reason, Throwable error) {
        String why = failure == FailureKind.REFUSED
                ? reason + "; given up after " + refused.lasts().toSeconds() + " s (capture.give-up-after)"
                : reason;
        newEpochMayHelp =
                failure != FailureKind.REFUSED && (!isKnown(error) || NewEpochRemedy.isNamedIn(why, config.source()));
        LOG.error("capture of {} stops: {}", config.source(), why);
        LOG.debug("cause", error);
        if (failure == FailureKind.FENCED) {
            giveUpRequests();
            update(now -> now.with(CaptureState.FENCED, Optional.of(why)));
        } else {
            update(now -> now.with(CaptureState.FAILED, Optional.of(why)));
            if (!(error instanceof CapturedElsewhereException)) {
                failures.stopped(config.source(), why);
            }
        }
    }

    /** Whether the reason says what to do. Others may be of a change in the WAL that stops each further attempt. */
    private static boolean isKnown(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof CaptureException) {
                return true;
            }
        }
        return false;
    }

    /**
     * Fails accepted snapshot requests. Those whose reading had begun are in the watermark, and the other process
     * completes them.
     */
    private void giveUpRequests() {
        requests.giveUp()
                .forEach(request -> update(now -> now.with(FailedSnapshot.of(
                        request,
                        "another process has taken over the capture of " + config.source()
                                + ", and reads the table only if its reading had begun"))));
    }

    /** Whether the capture begins again by itself after this failure. */
    private boolean isRetried(FailureKind failure, String reason) {
        if (failure != FailureKind.REFUSED) {
            refused.end();
            return failure == FailureKind.RETRIABLE;
        }
        refused.shouldLog(reason);
        return refused.lasts().compareTo(config.giveUpAfter()) < 0;
    }

    private void capture() throws SQLException, InterruptedException {
        try (SourceDatabase database = SourceDatabase.connect(config)) {
            requireNoContradiction(database);
            if (!awaitLead(database)) {
                return;
            }
            requireNoCopy(database);
            // The comparison may have taken long; the lead ends with its session.
            if (!database.isConnected()) {
                throw new SQLException("the session that held the lead is lost", SourceDatabase.CONNECTION_FAILURE);
            }
            try (TransactionPublisher publisher = kafka.openPublisher(config)) {
                try {
                    lead(database, publisher);
                } catch (RuntimeException | SQLException error) {
                    handle(error, database, publisher);
                    throw error;
                }
            } finally {
                session = null;
            }
        }
    }

    private void lead(SourceDatabase database, TransactionPublisher publisher)
            throws SQLException, InterruptedException {
        CaptureSession next = new CaptureSession(config, kafka, database, publisher, requests, new Observed(status));
        boolean declares = newEpoch;
        Optional<Watermark> last = next.begin(declares);
        if (declares) {
            last = Optional.of(next.declareEpoch(last));
            newEpoch = false;
        }
        Optional<SlotState> slot = releasedSlot(database);
        failures.clearFailure(config.source());
        session = next;
        if (stop.getCount() > 0 && !newEpoch) {
            next.run(last, slot);
        }
    }

    /**
     * Decides what an error means. An error of PostgreSQL may be the first sign that another process has taken the
     * lead. An error of Kafka that looks like another leader may be a transaction timeout. And an unavailable server
     * may look like a wrong configuration to the engine.
     */
    private void handle(Exception error, SourceDatabase database, TransactionPublisher publisher) throws SQLException {
        FailureKind failure = FailureKind.of(error);
        boolean leads = database.isConnected();
        if (FailureKind.isOfLostTransaction(error) && leads && publisher.expired()) {
            TimeoutException expired =
                    new TimeoutException("Kafka aborted a transaction that took longer than transaction-timeout ("
                            + kafka.transactionTimeout() + ")");
            expired.addSuppressed(error);
            throw expired;
        }
        if (failure == FailureKind.FENCED || leads || stop.getCount() == 0) {
            return;
        }
        publisher.requireOnlyWriter(config.source());
        if (failure == FailureKind.PERMANENT) {
            // A real contradiction is detected again when the server is back.
            SQLException lost = new SQLException(
                    "the session that held the lead is lost; then: " + reason(error),
                    SourceDatabase.CONNECTION_FAILURE);
            lost.addSuppressed(error);
            throw lost;
        }
    }

    /**
     * Checks before anything happens that would fence the producer of a process with the right configuration. Does not
     * wait for an open transaction: it may be that of a dead writer, which ends only when this process opens its
     * publisher.
     */
    private void requireNoContradiction(SourceDatabase database) {
        if (!newEpoch) {
            Optional<Watermarks.Written> last = lastWritten();
            Optional<CaptureException> contradiction =
                    last.flatMap(written -> contradiction(config, database, written.watermark()));
            if (contradiction.isPresent()) {
                throw isFromAnotherProcess(last.orElseThrow(), status().captured())
                        ? new CapturedElsewhereException(contradiction.get().getMessage())
                        : contradiction.get();
            }
        } else if (!newEpochForced) {
            try {
                requireNobodyElse(config, kafka, database, status().captured());
            } catch (CapturedElsewhereException e) {
                newEpoch = false;
                throw e;
            }
        }
    }

    private Optional<Watermarks.Written> lastWritten() {
        try {
            return kafka.watermarks().lastWritten(config.source());
        } catch (UnreadableWatermarkException e) {
            // A process that has captured has a registry that it could read.
            throw isRecent(e.writtenAt()) && status().captured().isEmpty()
                    ? StartPosition.capturedElsewhere(config, e, age(e.writtenAt()))
                    : e;
        }
    }

    private void requireNoCopy(SourceDatabase database) throws SQLException {
        if (newEpoch && newEpochForced) {
            return;
        }
        try {
            requireNoCopy(config, kafka, database, status().captured());
        } catch (CapturedElsewhereException e) {
            newEpoch = false;
            throw e;
        }
    }

    /**
     * Requires that the server's WAL is the history of a watermark that another process wrote a moment ago. A copy of
     * the server's files passes all other checks, and the lead there is free: its capture would fence that of the
     * original.
     */
    private static void requireNoCopy(
            CaptureConfig config, KafkaTarget kafka, SourceDatabase database, Optional<Lsn> own) throws SQLException {
        Optional<Watermarks.Written> last = lastOfAnotherProcess(config, kafka, own);
        if (last.isEmpty() || !StartPosition.hasBegun(last.get().watermark())) {
            return;
        }
        Watermark watermark = last.get().watermark();
        Optional<SlotState> slot = database.slot(config.slot());
        if (slot.isEmpty() || slot.get().isLost() || slot.get().active()) {
            // The slot cannot be read: it was removed, or a former leader still reads it, and this is the
            // original.
            return;
        }
        String contradiction;
        try {
            contradiction = new WalHistory(watermark).contradiction(config, slot.get());
        } catch (PublicationGapException e) {
            LOG.debug("the history of {} cannot be compared", config.source(), e);
            return;
        }
        if (contradiction != null) {
            throw StartPosition.capturedElsewhere(
                    config,
                    StartPosition.otherHistory(config, watermark, contradiction),
                    age(last.get().at()));
        }
    }

    /** Requires that no other process captures the source from another server or through another slot. */
    private static void requireNobodyElse(
            CaptureConfig config, KafkaTarget kafka, SourceDatabase database, Optional<Lsn> own) {
        lastOfAnotherProcess(config, kafka, own)
                .ifPresent(last -> contradiction(config, database, last.watermark())
                        .ifPresent(contradiction -> {
                            throw StartPosition.capturedElsewhere(config, contradiction, age(last.at()));
                        }));
    }

    /**
     * The last watermark that is visible, if another process wrote it a moment ago.
     *
     * @throws CapturedElsewhereException if that process writes with another registry
     */
    private static Optional<Watermarks.Written> lastOfAnotherProcess(
            CaptureConfig config, KafkaTarget kafka, Optional<Lsn> own) {
        try {
            return kafka.watermarks().lastWritten(config.source()).filter(last -> isFromAnotherProcess(last, own));
        } catch (UnreadableWatermarkException e) {
            if (isRecent(e.writtenAt())) {
                throw StartPosition.capturedElsewhere(config, e, age(e.writtenAt()));
            }
            return Optional.empty();
        }
    }

    /** Compares slot, server and database with those of the watermark. */
    private static Optional<CaptureException> contradiction(
            CaptureConfig config, SourceDatabase database, Watermark watermark) {
        try {
            StartPosition.requireKnownSlot(config, watermark);
            StartPosition.requireKnownServer(config, watermark, database.identity());
            database.slot(config.slot());
        } catch (CaptureException e) {
            return Optional.of(e);
        } catch (SQLException e) {
            // The process that takes the lead reports everything that is missing.
            LOG.debug("the server of {} cannot be compared", config.source(), e);
        }
        return Optional.empty();
    }

    /**
     * Whether another process seems to capture the source.
     *
     * @param own position up to which this process has captured
     */
    private static boolean isFromAnotherProcess(Watermarks.Written last, Optional<Lsn> own) {
        return isRecent(last.at())
                && !own.equals(Optional.of(new Lsn(last.watermark().getLsn())));
    }

    private static boolean isRecent(Instant writtenAt) {
        return age(writtenAt).compareTo(StartPosition.WATERMARKS_OF_A_CAPTURE) < 0;
    }

    private static Duration age(Instant writtenAt) {
        return Duration.between(writtenAt, Instant.now());
    }

    /** Returns false if stopped while waiting. */
    private boolean awaitLead(SourceDatabase database) throws SQLException, InterruptedException {
        boolean waited = false;
        String cluster = kafka.clusterId();
        database.setShortTcpTimeouts();
        while (!database.tryLead(config.source(), cluster, config.slot())) {
            if (!waited) {
                LOG.info(
                        "capture of {} waits: another process captures through slot {}",
                        config.source(),
                        config.slot());
                giveUpRequests();
                update(now -> now.with(CaptureState.WAITING));
                waited = true;
            }
            if (stopsWithin(LEAD_POLL)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Ends the session that still uses the slot. The slot stays active for a moment after its user has died, and longer
     * if that user's machine died or hangs. A user without the lead must not use it any more.
     */
    private Optional<SlotState> releasedSlot(SourceDatabase database) throws SQLException {
        long since = System.nanoTime();
        boolean ended = false;
        Optional<SlotState> slot = database.slot(config.slot());
        while (slot.isPresent()
                && slot.get().active()
                && System.nanoTime() - since < SLOT_RELEASE.toNanos()
                && !stopsWithin(SLOT_POLL)) {
            if (!ended && System.nanoTime() - since > SLOT_GRACE.toNanos()) {
                LOG.warn("slot {} is still in use by a former leader: ending its session", config.slot());
                database.endSlotUser(config.slot());
                ended = true;
            }
            slot = database.slot(config.slot());
        }
        return slot;
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

    /** The innermost message: the outer ones only say how Debezium and Kafka passed the error on. */
    private static String reason(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null
                && !(cause instanceof CaptureException)
                && !(cause instanceof SourceConnectionException)) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private record Observed(AtomicReference<CaptureStatus> reference) implements CaptureSession.Observer {
        @Override
        public CaptureStatus status() {
            return reference.get();
        }

        @Override
        public void update(UnaryOperator<CaptureStatus> change) {
            reference.updateAndGet(change);
        }
    }
}
