package io.waltally.connectors.capture;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The rows that the stream has just changed, while tables are read beside it. A transaction is in the WAL some moments
 * before queries see it, under synchronous replication much later: a row that is read meanwhile is older than what the
 * stream has told of it, and must not follow it.
 */
final class ChangedKeys {
    /** After so many more it is time to ask which of them every query sees by now. */
    private static final int MANY = 10_000;

    private final Map<Long, Set<RecordKey>> byTransaction = new HashMap<>();
    private int size;
    private int askAt = MANY;
    private long visible = -1;

    /** What a query sees now. */
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
            if (now.seeShort(transactionId)) {
                // The rest of it need not be remembered either.
                visible = transactionId;
            }
        }
    }

    /** Every query from now on sees what these do. */
    void forget(VisibleTransactions seen) {
        byTransaction.keySet().removeIf(seen::seeShort);
        size = byTransaction.values().stream().mapToInt(Set::size).sum();
    }

    /** Whether a transaction that is not forgotten changed the row. */
    boolean contains(String topic, byte[] key) {
        if (byTransaction.isEmpty()) {
            return false;
        }
        RecordKey wanted = RecordKey.of(topic, key);
        return byTransaction.values().stream().anyMatch(keys -> keys.contains(wanted));
    }
}
