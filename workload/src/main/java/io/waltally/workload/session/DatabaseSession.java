package io.waltally.workload.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One writer's connection to a store. Runs transactions, retries them after conflicts, and records the committed ones.
 */
public final class DatabaseSession implements AutoCloseable {
    /** The statements of one transaction. May run more than once, so it must not make random choices. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Transaction transaction) throws SQLException;
    }

    private static final int MAX_ATTEMPTS = 20;
    private static final Duration CONFLICT_PAUSE = Duration.ofMillis(10);
    private static final Duration RECONNECT_PAUSE = Duration.ofMillis(200);

    private final String store;
    private final DatabaseAddress address;
    private final StatisticsRecorder recorder;
    private final Optional<TransactionListener> listener;
    private Connection connection;
    private StatementCache statements;
    private long transactions;

    public DatabaseSession(
            String store, DatabaseAddress address, StatisticsRecorder recorder, Optional<TransactionListener> listener)
            throws SQLException {
        this.store = store;
        this.address = address;
        this.recorder = recorder;
        this.listener = listener;
        this.connection = address.connect();
        this.statements = new StatementCache(connection);
    }

    /**
     * Runs the work in a transaction block and commits it.
     *
     * @throws TransactionAbandoned thrown by the work to roll it back, which was done and counted
     */
    public <T> T transact(Work<T> work) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            connection.setAutoCommit(false);
            Transaction transaction = new Transaction(connection, statements);
            transactions++;
            try {
                T result = work.run(transaction);
                commit(transaction);
                return result;
            } catch (TransactionAbandoned abandoned) {
                connection.rollback();
                recorder.rolledBack();
                throw abandoned;
            } catch (SQLException error) {
                if (DatabaseFailure.of(error) == DatabaseFailure.CONNECTION) throw error;
                connection.rollback();
                if (DatabaseFailure.of(error) != DatabaseFailure.CONFLICT || attempt == MAX_ATTEMPTS) throw error;
                recorder.retried();
                pauseAfterConflict(attempt);
            }
        }
    }

    /** Runs a single statement in autocommit mode. */
    public <T> T atOnce(Work<T> work) throws SQLException {
        // The transaction id for a listener can only be queried inside of a block.
        if (listener.isPresent()) return transact(work);
        for (int attempt = 1; ; attempt++) {
            connection.setAutoCommit(true);
            Transaction transaction = new Transaction(connection, statements);
            transactions++;
            try {
                T result = work.run(transaction);
                if (!transaction.ledger().isEmpty()) recorder.committed(transaction.ledger());
                return result;
            } catch (SQLException error) {
                switch (DatabaseFailure.of(error)) {
                    case CONFLICT -> {
                        if (attempt == MAX_ATTEMPTS) throw error;
                        recorder.retried();
                        pauseAfterConflict(attempt);
                    }
                    case CONNECTION -> {
                        recorder.outcomeUnknown();
                        throw error;
                    }
                    case PERMANENT -> throw error;
                }
            }
        }
    }

    /** Number of transactions begun so far, whatever their outcome. */
    public long transactions() {
        return transactions;
    }

    /** Reconnects; retries until it succeeds, or until {@code stopping} is reached. */
    public void reconnect(CountDownLatch stopping) throws InterruptedException {
        while (!stopping.await(RECONNECT_PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
            try {
                close();
                connection = address.connect();
                statements = new StatementCache(connection);
                recorder.reconnected();
                return;
            } catch (SQLException stillAway) {
                // Retried after the pause: a restarting server refuses connections for a while.
            }
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /** Gives way to the other transaction: an immediate retry would meet it in the same deadlock. */
    private static void pauseAfterConflict(int attempt) {
        LockSupport.parkNanos(CONFLICT_PAUSE.multipliedBy(attempt).toNanos());
    }

    private void commit(Transaction transaction) throws SQLException {
        Ledger ledger = transaction.ledger();
        long id = 0;
        if (listener.isPresent() && !ledger.isEmpty()) {
            id = transaction
                    .first("SELECT pg_current_xact_id()::text::bigint", row -> row.getLong(1))
                    .orElseThrow();
        }
        try {
            connection.commit();
        } catch (SQLException error) {
            if (DatabaseFailure.of(error) == DatabaseFailure.CONNECTION && !ledger.isEmpty()) recorder.outcomeUnknown();
            throw error;
        }
        if (ledger.isEmpty()) return;
        recorder.committed(ledger);
        if (listener.isPresent()) {
            listener.get()
                    .committed(new CommittedTransaction(
                            store, id, ledger.changes(), ledger.notifications(), Instant.now()));
        }
    }
}
