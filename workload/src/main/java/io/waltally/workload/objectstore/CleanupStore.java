package io.waltally.workload.objectstore;

import io.waltally.workload.session.DatabaseSession;
import io.waltally.workload.session.ExpectedNotification;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** s3-orchestrator's store methods for the cleanup queue and its dead letters. */
final class CleanupStore {
    static final int MAX_ATTEMPTS = 10;

    /** A queued deletion. */
    record Cleanup(long id, String backend, String key, String reason, long size, int attempts) {}

    private static final String QUEUE = "cleanup_queue";
    private static final String DEAD_LETTERS = "cleanup_dlq";
    private static final String QUOTAS = "backend_quotas";
    private static final String COLUMNS = "id, backend_name, object_key, reason, size_bytes, attempts";

    private final DatabaseSession session;

    CleanupStore(DatabaseSession session) {
        this.session = session;
    }

    /** EnqueueCleanup, then IncrementOrphanBytes: two statements in autocommit mode. */
    Cleanup enqueue(String key, Copy copy, String reason) throws SQLException {
        Cleanup cleanup = session.atOnce(transaction -> transaction
                .insertReturning(
                        QUEUE,
                        "INSERT INTO cleanup_queue (backend_name, object_key, reason, size_bytes) VALUES (?, ?, ?, ?)"
                                + " RETURNING " + COLUMNS,
                        CleanupStore::readCleanup,
                        copy.backend(),
                        key,
                        reason,
                        copy.size())
                .get(0));
        session.atOnce(transaction -> transaction.update(
                QUOTAS,
                "UPDATE backend_quotas SET orphan_bytes = orphan_bytes + ?, updated_at = NOW() WHERE backend_name = ?",
                copy.size(),
                copy.backend()));
        return cleanup;
    }

    /** ClaimPendingCleanups: due deletions that no other worker has claimed. */
    List<Cleanup> claim(String worker, int limit) throws SQLException {
        return session.atOnce(transaction -> transaction.updateReturning(
                QUEUE,
                "UPDATE cleanup_queue SET claimed_at = NOW(), claimed_by = ? WHERE id IN (SELECT id FROM cleanup_queue"
                        + " WHERE next_retry <= NOW() AND attempts < 10 AND (claimed_at IS NULL OR claimed_at < NOW() -"
                        + " INTERVAL '5 minutes') ORDER BY next_retry, created_at LIMIT ? FOR UPDATE SKIP LOCKED)"
                        + " RETURNING " + COLUMNS,
                CleanupStore::readCleanup,
                worker,
                limit));
    }

    /** The deletion succeeded: deletes its row and debits the orphan bytes. */
    boolean complete(Cleanup cleanup) throws SQLException {
        return session.transact(transaction -> {
            long deleted = transaction.delete(QUEUE, "DELETE FROM cleanup_queue WHERE id = ?", cleanup.id());
            if (deleted == 0) return false;
            transaction.update(
                    QUOTAS,
                    "UPDATE backend_quotas SET orphan_bytes = GREATEST(0, orphan_bytes - ?), updated_at = NOW()"
                            + " WHERE backend_name = ?",
                    cleanup.size(),
                    cleanup.backend());
            return true;
        });
    }

    /** The deletion failed: schedules the next attempt, after 1 min x 2^attempts, up to 24 h. */
    Cleanup fail(Cleanup cleanup, String error) throws SQLException {
        session.atOnce(transaction -> transaction.update(
                QUEUE,
                "UPDATE cleanup_queue SET attempts = attempts + 1, next_retry = NOW() + LEAST(INTERVAL '1 minute' *"
                        + " (2 ^ attempts), INTERVAL '24 hours'), last_error = ?, claimed_at = NULL, claimed_by = NULL"
                        + " WHERE id = ?",
                error,
                cleanup.id()));
        return new Cleanup(
                cleanup.id(),
                cleanup.backend(),
                cleanup.key(),
                cleanup.reason(),
                cleanup.size(),
                cleanup.attempts() + 1);
    }

    /** The last attempt failed: moves the row to the dead letters; its bytes remain orphans. */
    boolean moveToDeadLetters(Cleanup cleanup) throws SQLException {
        return session.transact(transaction -> {
            long inserted = transaction.insert(
                    DEAD_LETTERS,
                    "INSERT INTO cleanup_dlq (original_id, backend_name, object_key, reason, size_bytes, attempts,"
                            + " first_enqueued_at, last_error) SELECT id, backend_name, object_key, reason, size_bytes,"
                            + " attempts, created_at, last_error FROM cleanup_queue WHERE id = ? FOR UPDATE",
                    cleanup.id());
            if (inserted == 0) return false;
            transaction.delete(QUEUE, "DELETE FROM cleanup_queue WHERE id = ?", cleanup.id());
            transaction.expect(ExpectedNotification.CLEANUP_EXHAUSTED, cleanup.key());
            return true;
        });
    }

    /** An operator requeues the oldest dead letter, with a new reason. */
    boolean returnOldestDeadLetter(String reason) throws SQLException {
        return session.transact(transaction -> {
            List<Cleanup> returned = transaction.deleteReturning(
                    DEAD_LETTERS,
                    "DELETE FROM cleanup_dlq WHERE id = (SELECT id FROM cleanup_dlq ORDER BY id LIMIT 1 FOR UPDATE SKIP"
                            + " LOCKED) RETURNING " + COLUMNS,
                    CleanupStore::readCleanup);
            for (Cleanup cleanup : returned) {
                transaction.insert(
                        QUEUE,
                        "INSERT INTO cleanup_queue (backend_name, object_key, reason, size_bytes) VALUES (?, ?, ?, ?)",
                        cleanup.backend(),
                        cleanup.key(),
                        reason,
                        cleanup.size());
            }
            return !returned.isEmpty();
        });
    }

    private static Cleanup readCleanup(ResultSet row) throws SQLException {
        return new Cleanup(
                row.getLong(1), row.getString(2), row.getString(3), row.getString(4), row.getLong(5), row.getInt(6));
    }
}
