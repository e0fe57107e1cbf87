package io.waltally.embedded.workload;

import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes to both stores as their applications do, with several writers at once, until it is stopped.
 *
 * <p>Every writer carries out each kind of operation once, soon after the start, and then chooses by chance. A seed
 * decides all choices of all writers; what they find in the database, and how they interleave, is the server's. A
 * writer that loses its connection opens another one and goes on; one that is cancelled by a deadlock runs its
 * transaction again.
 *
 * <p>The tables must exist. The data may be of an earlier run.
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
     * Connects all writers and writes the base rows: the backends with their limits.
     *
     * @throws SQLException if a database cannot be reached or lacks the application's tables
     */
    public static Workload prepare(WorkloadOptions options) throws SQLException {
        return prepare(options, Optional.empty());
    }

    /** As {@link #prepare(WorkloadOptions)}, with a listener that is told of every committed transaction. */
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

    /** Lets the writers write. To be called once. */
    public synchronized void start() {
        if (started) throw new IllegalStateException("a workload is started once; prepare another one");
        started = true;
        threads.forEach(Thread::start);
    }

    /**
     * Lets every writer finish the operation that it is at, and waits for them. When it returns, all that the
     * statistics count is committed and nothing else is.
     *
     * @throws IllegalStateException if a writer had ended before, with what ended it as the cause
     */
    public synchronized void stop() {
        stopping.countDown();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (started && thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException signal) {
                    // The writers are about to end: their transactions are not left half done for an interrupt.
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

    /** What ended a writer early, if anything did. May be asked at any time, from any thread. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** What was done so far. May be asked at any time, from any thread. */
    public WorkloadStatistics statistics() {
        return recorder.snapshot();
    }

    /** Stops, if that has not been done. */
    @Override
    public void close() {
        stop();
    }

    private void addWriters(WorkloadOptions options, Optional<TransactionListener> listener) throws SQLException {
        SplittableRandom root = new SplittableRandom(options.seed());
        int writers = options.writersPerStore();
        for (int i = 0; i < writers; i++) {
            // Split for both stores in any case, so that a store is written the same way with and without the other.
            SplittableRandom s3Random = root.split();
            SplittableRandom syncRandom = root.split();
            if (options.s3().isPresent()) {
                DatabaseSession session = open("s3", options.s3().get(), listener);
                if (i == 0) writeBackends(session);
                addWriter(options, session, new S3Script(session, s3Random, Clock.systemUTC(), i, writers), i);
            }
            if (options.sync().isPresent()) {
                DatabaseSession session = open("sync", options.sync().get(), listener);
                addWriter(options, session, new SyncScript(session, syncRandom, options.seed(), i, writers), i);
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
        for (String backend : S3Script.LIMITED_BACKENDS) store.syncQuotaLimit(backend, S3Script.BACKEND_LIMIT);
        store.syncQuotaLimit(S3Script.UNLIMITED_BACKEND, 0);
    }

    private void addWriter(WorkloadOptions options, DatabaseSession session, Script script, int index) {
        script.operations().forEach(operation -> recorder.announce(script.store() + "." + operation.label()));
        double rate = options.rate() / options.writers();
        Thread thread = new Thread(
                new Writer(script, session, recorder, rate, stopping), "workload-" + script.store() + "-" + index);
        // A process that ends without a stop is not held by its writers.
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((ended, cause) -> failure.compareAndSet(null, cause));
        threads.add(thread);
    }

    private void closeSessions() {
        for (DatabaseSession session : sessions) {
            try {
                session.close();
            } catch (SQLException alreadyGone) {
                // Nothing is left to be done on a connection that cannot even be closed.
            }
        }
    }
}
