package io.waltally.workload.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.workload.TestServer;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestServer.Extension.class)
class DatabaseSessionIT {
    private final TestServer server;
    private final StatisticsRecorder recorder = new StatisticsRecorder(1);
    private DatabaseAddress address;

    DatabaseSessionIT(TestServer server) {
        this.server = server;
    }

    @BeforeEach
    void createTable() throws SQLException {
        address = server.empty();
        TestServer.execute(
                address,
                "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL)",
                "INSERT INTO t VALUES (1, 0), (2, 0)");
    }

    @Test
    void aDeadlockIsRunAgainAndItsChangesAreCountedOnce() throws Exception {
        // Given two transactions that have each locked what the other wants next
        CyclicBarrier bothHoldOne = new CyclicBarrier(2);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        // When
        try {
            Future<?> forwards = threads.submit(() -> incrementBoth(1, 2, bothHoldOne));
            Future<?> backwards = threads.submit(() -> incrementBoth(2, 1, bothHoldOne));
            forwards.get();
            backwards.get();
        } finally {
            threads.shutdownNow();
        }
        // Then
        WorkloadStatistics statistics = recorder.snapshot();
        assertThat(statistics.retried()).isPositive();
        assertThat(statistics.rolledBack()).isZero();
        assertThat(statistics.committed()).isEqualTo(2);
        assertThat(statistics.changes()).containsOnlyKeys("t").containsEntry("t", new RowChanges(0, 4, 0));
        assertThat(sum()).isEqualTo(4);
    }

    @Test
    void whatASavepointUndoesIsNotCounted() throws Exception {
        try (DatabaseSession session = session()) {
            session.transact(transaction -> {
                transaction.insert("t", "INSERT INTO t VALUES (3, 1)");
                Transaction.Mark mark = transaction.savepoint();
                transaction.insert("t", "INSERT INTO t VALUES (4, 1)");
                transaction.expect("type", "subject");
                transaction.rollbackTo(mark);
                return transaction.update("t", "UPDATE t SET n = n + 1 WHERE id = ?", 3);
            });
        }
        WorkloadStatistics statistics = recorder.snapshot();
        assertThat(statistics.changes()).containsEntry("t", new RowChanges(1, 1, 0));
        assertThat(statistics.savepointsRolledBack()).isEqualTo(1);
        assertThat(statistics.expectedNotifications()).isEmpty();
        assertThat(sum()).isEqualTo(2);
    }

    @Test
    void anAbandonedTransactionIsRolledBackAndItsChangesAreNotCounted() throws Exception {
        try (DatabaseSession session = session()) {
            assertThatThrownBy(() -> session.transact(transaction -> {
                        transaction.insert("t", "INSERT INTO t VALUES (3, 1)");
                        throw new TransactionAbandoned("on purpose");
                    }))
                    .isInstanceOf(TransactionAbandoned.class);
        }
        assertThat(recorder.snapshot().rolledBack()).isEqualTo(1);
        assertThat(recorder.snapshot().committed()).isZero();
        assertThat(recorder.snapshot().changes()).isEmpty();
        assertThat(sum()).isZero();
    }

    @Test
    void aTransactionThatChangesNothingIsNotCounted() throws Exception {
        try (DatabaseSession session = session()) {
            session.transact(transaction -> transaction.delete("t", "DELETE FROM t WHERE id = ?", 99));
            session.atOnce(transaction -> transaction.delete("t", "DELETE FROM t WHERE id = ?", 99));
        }
        assertThat(recorder.snapshot().committed()).isZero();
    }

    private Void incrementBoth(int first, int second, CyclicBarrier bothHoldOne) throws Exception {
        AtomicBoolean firstAttempt = new AtomicBoolean(true);
        try (DatabaseSession session = session()) {
            session.transact(transaction -> {
                transaction.update("t", "UPDATE t SET n = n + 1 WHERE id = ?", first);
                if (firstAttempt.getAndSet(false)) await(bothHoldOne);
                return transaction.update("t", "UPDATE t SET n = n + 1 WHERE id = ?", second);
            });
        }
        return null;
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private DatabaseSession session() throws SQLException {
        return new DatabaseSession("s3", address, recorder, Optional.empty());
    }

    private long sum() throws SQLException {
        try (DatabaseSession session = session()) {
            return session.atOnce(transaction -> transaction
                    .first("SELECT sum(n) FROM t", row -> row.getLong(1))
                    .orElseThrow());
        }
    }
}
