package io.waltally.connectors.capture.snapshot;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The rows that the stream has changed recently, while tables are read beside it. A transaction appears in the WAL
 * before it is visible to queries, much earlier under synchronous replication. A row that is read in between is older
 * than the stream, and must not be published after it.
 */
final class ChangedKeys {
    /** Number of keys after which to ask which transactions are visible by now. */
    private static final int MANY = 10_000;

    private final Map<Long, Set<RecordKey>> byTransaction = new HashMap<>();
    private int size;
    private int askAt = MANY;
    private long visible = -1;

    /** Queries which transactions are visible now. */
    interface Visibility {
        VisibleTransactions now() throws SQLException;
    }

    void add(long transactionId, String topic, byte[] key, Visibility visibility) throws SQLException {
        if (transactionId == visible) {
            return;
        }
        if (byTransaction.computeIfAbsent(transactionId, id -> new HashSet<>()).add(RecordKey.of(topic, key))) {
            size++;
        }
        if (size >= askAt) {
            VisibleTransactions now = visibility.now();
            forget(now);
            askAt = size + MANY;
            if (now.see32BitId(transactionId)) {
                // Its later changes need not be remembered.
                visible = transactionId;
            }
        }
    }

    /** Forgets the transactions that every later query sees. */
    void forget(VisibleTransactions seen) {
        byTransaction.keySet().removeIf(seen::see32BitId);
        size = byTransaction.values().stream().mapToInt(Set::size).sum();
    }

    /** Whether a remembered transaction changed the row. */
    boolean contains(String topic, byte[] key) {
        if (byTransaction.isEmpty()) {
            return false;
        }
        RecordKey wanted = RecordKey.of(topic, key);
        return byTransaction.values().stream().anyMatch(keys -> keys.contains(wanted));
    }
}
