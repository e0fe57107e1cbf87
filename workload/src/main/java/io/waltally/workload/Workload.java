package io.waltally.workload;

import io.waltally.workload.objectstore.BackendGauges;
import io.waltally.workload.objectstore.ObjectStore;
import io.waltally.workload.objectstore.ObjectStoreOperations;
import io.waltally.workload.operation.OperationGenerator;
import io.waltally.workload.session.DatabaseAddress;
import io.waltally.workload.session.DatabaseSession;
import io.waltally.workload.session.StatisticsRecorder;
import io.waltally.workload.session.TransactionListener;
import io.waltally.workload.session.WorkloadStatistics;
import io.waltally.workload.sync.SyncOperations;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes to both stores as their applications do, with several concurrent writers, until it is stopped.
 *
 * <p>Every writer performs each kind of operation once, soon after the start, and then chooses at random. A seed
 * determines all choices of all writers; their interleaving depends on the server. A writer that loses its connection
 * reconnects; a transaction that a deadlock cancels is retried.
 *
 * <p>The tables must exist. They may have data of an earlier run.
 */
public final class Workload implements AutoCloseable {
    private final StatisticsRecorder recorder;
    private final List<Thread> threads = new ArrayList<>();
    private final List<DatabaseSession> sessions = new ArrayList<>();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private boolean started;

    private Workload(StatisticsRecorder recorder) {
        this.recorder = recorder;
    }

    /**
     * Connects all writers and writes the base rows: the backends and their limits.
     *
     * @throws SQLException if a database is unreachable or lacks the application's tables
     */
    public static Workload prepare(WorkloadOptions options) throws SQLException {
        return prepare(options, Optional.empty());
    }

    /** Like {@link #prepare(WorkloadOptions)}, with a listener for committed transactions. */
    public static Workload prepare(WorkloadOptions options, TransactionListener listener) throws SQLException {
        return prepare(options, Optional.of(listener));
    }

    private static Workload prepare(WorkloadOptions options, Optional<TransactionListener> listener)
            throws SQLException {
        Workload workload = new Workload(new StatisticsRecorder(options.seed()));
        try {
            workload.addWriters(options, listener);
        } catch (SQLException | RuntimeException error) {
            workload.closeSessions();
            throw error;
        }
        return workload;
    }

    /** Starts the writers. To be called once. */
    public synchronized void start() {
        if (started) throw new IllegalStateException("a workload is started once; prepare another one");
        started = true;
        threads.forEach(Thread::start);
    }

    /**
     * Stops: waits until every writer has finished its current operation. Afterwards everything that the statistics
     * count is committed, and nothing else is.
     *
     * @throws IllegalStateException if a writer had ended before, with the reason as the cause
     */
    public synchronized void stop() {
        stopping.countDown();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (started && thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException signal) {
                    // The writers are about to end: an interrupt must not leave their transactions unfinished.
                    interrupted = true;
                }
            }
        }
        closeSessions();
        if (interrupted) Thread.currentThread().interrupt();
        failure().ifPresent(cause -> {
            throw new IllegalStateException("a writer of the workload ended early: " + cause.getMessage(), cause);
        });
    }

    /** The reason why a writer ended early, if one did. Thread-safe. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** The statistics so far. Thread-safe. */
    public WorkloadStatistics statistics() {
        return recorder.snapshot();
    }

    /** Stops, unless it was stopped before. */
    @Override
    public void close() {
        stop();
    }

    private void addWriters(WorkloadOptions options, Optional<TransactionListener> listener) throws SQLException {
        SplittableRandom root = new SplittableRandom(options.seed());
        int writers = options.writersPerStore();
        for (int i = 0; i < writers; i++) {
            // Always split for both stores, so that a store gets the same writes with and without the other one.
            SplittableRandom s3Random = root.split();
            SplittableRandom syncRandom = root.split();
            if (options.s3().isPresent()) {
                DatabaseSession session = open("s3", options.s3().get(), listener);
                if (i == 0) writeBackends(session);
                addWriter(
                        options,
                        session,
                        new ObjectStoreOperations(session, s3Random, Clock.systemUTC(), i, writers),
                        i);
            }
            if (options.sync().isPresent()) {
                DatabaseSession session = open("sync", options.sync().get(), listener);
                addWriter(options, session, new SyncOperations(session, syncRandom, options.seed(), i, writers), i);
            }
        }
    }

    private DatabaseSession open(String store, DatabaseAddress address, Optional<TransactionListener> listener)
            throws SQLException {
        DatabaseSession session = new DatabaseSession(store, address, recorder, listener);
        sessions.add(session);
        return session;
    }

    private static void writeBackends(DatabaseSession session) throws SQLException {
        ObjectStore store = new ObjectStore(session, new BackendGauges());
        for (String backend : ObjectStoreOperations.LIMITED_BACKENDS)
            store.syncQuotaLimit(backend, ObjectStoreOperations.BACKEND_LIMIT);
        store.syncQuotaLimit(ObjectStoreOperations.UNLIMITED_BACKEND, 0);
    }

    private void addWriter(WorkloadOptions options, DatabaseSession session, OperationGenerator script, int index) {
        script.operations().forEach(operation -> recorder.announce(script.store() + "." + operation.label()));
        double rate = options.rate() / options.writers();
        Thread thread = new Thread(
                new Writer(script, session, recorder, rate, stopping), "workload-" + script.store() + "-" + index);
        // Writers must not keep a process alive that ends without a stop.
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((ended, cause) -> failure.compareAndSet(null, cause));
        threads.add(thread);
    }

    private void closeSessions() {
        for (DatabaseSession session : sessions) {
            try {
                session.close();
            } catch (SQLException alreadyGone) {
                // Nothing can be done about a connection that fails to close.
            }
        }
    }
}
