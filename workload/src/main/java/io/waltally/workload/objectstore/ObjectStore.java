package io.waltally.workload.objectstore;

import io.waltally.workload.session.DatabaseSession;
import io.waltally.workload.session.ExpectedNotification;
import io.waltally.workload.session.RowChanges;
import io.waltally.workload.session.Transaction;
import io.waltally.workload.session.TransactionAbandoned;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * s3-orchestrator's store methods for objects and quotas. Each changes the same rows as the application's method, in
 * the same order and the same transactions.
 *
 * <p>Every change of a key's copies holds the key's advisory lock, which the application takes for PUTs only. So a
 * transaction sees the committed state before its change, and the notification that must follow is known exactly.
 */
public final class ObjectStore {
    /** A key's copies after a transaction, and those that it removed and added. */
    record Outcome(List<Copy> copies, List<Copy> removed, List<Copy> added) {
        static Outcome unchanged(List<Copy> copies) {
            return new Outcome(copies, List.of(), List.of());
        }
    }

    private record QuotaChange(String backend, long bytes) {}

    private static final String OBJECTS = "object_locations";
    private static final String QUOTAS = "backend_quotas";
    private static final String INTENTS = "pending_objects";

    private static final String CONTENT_COLUMNS =
            "size_bytes, encrypted, encode(encryption_key, 'hex'), key_id, plaintext_size, content_hash";
    private static final String CONTENT_PARAMETERS = "?, ?, decode(?::text, 'hex'), ?, ?, ?";
    private static final String CONTENT_TARGETS =
            "size_bytes, encrypted, encryption_key, key_id, plaintext_size, content_hash";

    private final DatabaseSession session;
    private final BackendGauges gauges;

    public ObjectStore(DatabaseSession session, BackendGauges gauges) {
        this.session = session;
        this.gauges = gauges;
    }

    /** SyncQuotaLimits: an upsert of the limit only. */
    public void syncQuotaLimit(String backend, long limit) throws SQLException {
        session.atOnce(transaction -> {
            transaction.upsert(
                    QUOTAS,
                    "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES (?, ?) ON CONFLICT (backend_name)"
                            + " DO UPDATE SET bytes_limit = EXCLUDED.bytes_limit, updated_at = NOW()"
                            + " RETURNING xmax = 0",
                    backend,
                    limit);
            return null;
        });
    }

    /** Inserts the intent of an upload; returns its id. */
    String registerIntent(String key, Copy copy, UUID intent) throws SQLException {
        session.atOnce(transaction -> {
            Content content = copy.content();
            transaction.insert(
                    INTENTS,
                    "INSERT INTO pending_objects (intent_id, object_key, backend_name, " + CONTENT_TARGETS
                            + ") VALUES (?, ?, ?, " + CONTENT_PARAMETERS + ")",
                    intent.toString(),
                    key,
                    copy.backend(),
                    content.size(),
                    content.encrypted(),
                    content.encryptionKey(),
                    content.keyId(),
                    content.plaintextSize(),
                    content.hash());
            return null;
        });
        return intent.toString();
    }

    /** Deletes the intent of a failed upload. */
    void dropIntent(String intent) throws SQLException {
        session.atOnce(
                transaction -> transaction.delete(INTENTS, "DELETE FROM pending_objects WHERE intent_id = ?", intent));
    }

    /** PUT, copy and multipart complete: deletes all copies, inserts one, deletes the intent. */
    Outcome put(String key, Copy copy, String intent) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            return overwrite(transaction, key, before, copy, intent);
        });
    }

    /** A PUT that is rolled back after all its writes: the client disconnected. */
    void putAndRollBack(String key, Copy copy, String intent) throws SQLException {
        try {
            session.transact(transaction -> {
                overwrite(transaction, key, lockCopies(transaction, key), copy, intent);
                throw new TransactionAbandoned("the client went away");
            });
        } catch (TransactionAbandoned expected) {
            // Rolled back as intended: the intent remains for the reaper.
            return;
        }
    }

    /** A PUT that is rolled back to a savepoint and then goes to another backend, in one transaction. */
    Outcome putAtSecondAttempt(String key, Copy first, Copy second, String intent) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            Transaction.Mark mark = transaction.savepoint();
            try {
                overwrite(transaction, key, before, first, intent);
            } catch (TransactionAbandoned full) {
                // Full: rolled back as after a write.
                transaction.rollbackTo(mark);
                return overwrite(transaction, key, before, second, intent);
            }
            transaction.rollbackTo(mark);
            return overwrite(transaction, key, before, second, intent);
        });
    }

    /**
     * PromotePending: deletes the intent if a copy is newer, otherwise as PUT. Empty if the intent does not exist any
     * more.
     */
    Optional<Outcome> promotePending(String key, String intent) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            Optional<Copy> pending = transaction.first(
                    "SELECT backend_name, " + CONTENT_COLUMNS + " FROM pending_objects WHERE intent_id = ? FOR UPDATE",
                    ObjectStore::readCopy,
                    intent);
            if (pending.isEmpty()) return Optional.empty();
            boolean newerCopy = transaction
                    .first(
                            "SELECT EXISTS (SELECT 1 FROM object_locations o JOIN pending_objects p USING (object_key)"
                                    + " WHERE p.intent_id = ? AND o.created_at > p.created_at)",
                            row -> row.getBoolean(1),
                            intent)
                    .orElseThrow();
            if (newerCopy) {
                transaction.delete(INTENTS, "DELETE FROM pending_objects WHERE intent_id = ?", intent);
                return Optional.of(Outcome.unchanged(before));
            }
            return Optional.of(overwrite(transaction, key, before, pending.get(), intent));
        });
    }

    /** DeleteObject: deletes all copies. */
    Outcome delete(String key) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            removeAll(transaction, key, before);
            debit(transaction, before);
            transaction.expect(NotificationRules.derive(List.of(KeyChange.removal(key, before, before))));
            return new Outcome(List.of(), before, List.of());
        });
    }

    /** DeleteObjectsBatch: deletes all copies of up to 1,000 keys; returns them by key. */
    Map<String, List<Copy>> deleteBatch(List<String> keys) throws SQLException {
        return session.transact(transaction -> {
            Map<String, List<Copy>> removed = new LinkedHashMap<>();
            List<KeyChange> changes = new ArrayList<>();
            // In the order of the keys, so that two batches cannot deadlock.
            for (String key : keys.stream().sorted().distinct().toList()) {
                List<Copy> before = lockCopies(transaction, key);
                removed.put(key, before);
                changes.add(KeyChange.removal(key, before, before));
            }
            transaction.delete(OBJECTS, "DELETE FROM object_locations WHERE object_key = ANY (?)", (Object)
                    removed.keySet().toArray(new String[0]));
            debit(transaction, removed.values().stream().flatMap(List::stream).toList());
            transaction.expect(NotificationRules.derive(changes));
            return removed;
        });
    }

    /** RecordReplica: inserts a row for the target from the source's row, unless it exists. */
    Outcome recordReplica(String key, String target) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            if (before.isEmpty()) return Outcome.unchanged(before);
            Copy source = before.get(0);
            long inserted = transaction.insert(
                    OBJECTS,
                    "INSERT INTO object_locations (object_key, backend_name, " + CONTENT_TARGETS
                            + ") SELECT object_key,"
                            + " ?, " + CONTENT_TARGETS + " FROM object_locations WHERE object_key = ? AND backend_name"
                            + " = ? ON CONFLICT DO NOTHING",
                    target,
                    key,
                    source.backend());
            if (inserted == 0) return Outcome.unchanged(before);
            Copy replica = new Copy(target, source.content());
            credit(transaction, replica);
            expectAddition(transaction, key, before, List.of(), replica, false);
            return new Outcome(with(before, replica), List.of(), List.of(replica));
        });
    }

    /** RemoveExcessCopy: deletes one of several copies. */
    Outcome removeExcessCopy(String key, String backend) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            Optional<Copy> excess = onBackend(before, backend);
            if (excess.isEmpty() || before.size() < 2) return Outcome.unchanged(before);
            Outcome outcome = removeOne(transaction, key, before, excess.get());
            debit(transaction, outcome.removed());
            return outcome;
        });
    }

    /** DeleteObjectLocation: deletes a stale row without debiting the quota, which is the application's own drift. */
    Outcome pruneStale(String key, String backend) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            Optional<Copy> stale = onBackend(before, backend);
            if (stale.isEmpty()) return Outcome.unchanged(before);
            return removeOne(transaction, key, before, stale.get());
        });
    }

    /** MoveObjectLocation: deletes the source's row and inserts one for the target with a new created_at. */
    Outcome move(String key, String from, String to) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            Optional<Copy> source = onBackend(before, from);
            if (source.isEmpty() || onBackend(before, to).isPresent()) return Outcome.unchanged(before);
            transaction.delete(
                    OBJECTS, "DELETE FROM object_locations WHERE object_key = ? AND backend_name = ?", key, from);
            Copy target = new Copy(to, source.get().content());
            insert(transaction, key, target);
            adjust(transaction, List.of(new QuotaChange(from, -target.size()), new QuotaChange(to, target.size())));
            expectAddition(transaction, key, before, List.of(source.get()), target, false);
            return new Outcome(with(without(before, source.get()), target), List.of(source.get()), List.of(target));
        });
    }

    /**
     * ImportObject: inserts a row for an object found on a backend, unless it exists; hash and encryption are unknown.
     */
    Outcome importObject(String key, String backend, long size) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            Copy found = new Copy(backend, Content.plain(size, null));
            if (onBackend(before, backend).isPresent()) return Outcome.unchanged(before);
            insert(transaction, key, found);
            credit(transaction, found);
            expectAddition(transaction, key, before, List.of(), found, false);
            return new Outcome(with(before, found), List.of(), List.of(found));
        });
    }

    /** MarkObjectEncrypted, MarkObjectDecrypted and the hash backfill: update the content of one copy in place. */
    Outcome rewriteInPlace(String key, Copy current, Content content) throws SQLException {
        return session.transact(transaction -> {
            List<Copy> before = lockCopies(transaction, key);
            if (!before.contains(current)) return Outcome.unchanged(before);
            transaction.update(
                    OBJECTS,
                    "UPDATE object_locations SET (" + CONTENT_TARGETS + ") = ROW (" + CONTENT_PARAMETERS
                            + ") WHERE object_key = ? AND backend_name = ?",
                    content.size(),
                    content.encrypted(),
                    content.encryptionKey(),
                    content.keyId(),
                    content.plaintextSize(),
                    content.hash(),
                    key,
                    current.backend());
            if (content.size() != current.size()) {
                adjust(transaction, List.of(new QuotaChange(current.backend(), content.size() - current.size())));
            }
            Copy rewritten = new Copy(current.backend(), content);
            return new Outcome(with(without(before, current), rewritten), List.of(current), List.of(rewritten));
        });
    }

    /** The keys under a prefix that lifecycle rules would delete, oldest first. */
    List<String> keysOlderThan(String prefix, long seconds, int limit) throws SQLException {
        return session.atOnce(transaction -> transaction.query(
                "SELECT object_key FROM object_locations WHERE object_key LIKE ? AND created_at < NOW() -"
                        + " make_interval(secs => ?) ORDER BY created_at LIMIT ?",
                row -> row.getString(1),
                prefix + "%",
                (double) seconds,
                limit));
    }

    /**
     * DeleteBackendData: deletes everything of a backend, then the backend. Returns the keys that had copies there.
     */
    List<String> deleteBackend(String backend) throws SQLException {
        return session.transact(transaction -> {
            List<String> keys = transaction.query(
                    "SELECT object_key FROM object_locations WHERE backend_name = ? ORDER BY object_key",
                    row -> row.getString(1),
                    backend);
            List<KeyChange> changes = new ArrayList<>();
            for (String key : keys) {
                List<Copy> before = lockCopies(transaction, key);
                changes.add(KeyChange.removal(
                        key, before, onBackend(before, backend).stream().toList()));
            }
            transaction.delete("cleanup_queue", "DELETE FROM cleanup_queue WHERE backend_name = ?", backend);
            long parts = transaction
                    .first(
                            "SELECT count(*) FROM multipart_parts JOIN multipart_uploads USING (upload_id)"
                                    + " WHERE backend_name = ?",
                            row -> row.getLong(1),
                            backend)
                    .orElseThrow();
            transaction.delete("multipart_uploads", "DELETE FROM multipart_uploads WHERE backend_name = ?", backend);
            transaction.account("multipart_parts", RowChanges.deleted(parts));
            transaction.delete(OBJECTS, "DELETE FROM object_locations WHERE backend_name = ?", backend);
            transaction.delete("backend_usage", "DELETE FROM backend_usage WHERE backend_name = ?", backend);
            if (transaction.delete(QUOTAS, "DELETE FROM backend_quotas WHERE backend_name = ?", backend) > 0) {
                transaction.expect(ExpectedNotification.BACKEND_REMOVED, backend);
            }
            transaction.expect(NotificationRules.derive(changes));
            return keys;
        });
    }

    private Outcome overwrite(Transaction transaction, String key, List<Copy> before, Copy copy, String intent)
            throws SQLException {
        removeAll(transaction, key, before);
        List<QuotaChange> changes = new ArrayList<>(debits(before));
        changes.add(new QuotaChange(copy.backend(), copy.size()));
        adjust(transaction, changes);
        insert(transaction, key, copy);
        boolean intentDeleted =
                transaction.delete(INTENTS, "DELETE FROM pending_objects WHERE intent_id = ?", intent) > 0;
        expectAddition(transaction, key, before, before, copy, intentDeleted);
        return new Outcome(List.of(copy), before, List.of(copy));
    }

    private static Outcome removeOne(Transaction transaction, String key, List<Copy> before, Copy copy)
            throws SQLException {
        transaction.delete(
                OBJECTS, "DELETE FROM object_locations WHERE object_key = ? AND backend_name = ?", key, copy.backend());
        transaction.expect(NotificationRules.derive(List.of(KeyChange.removal(key, before, List.of(copy)))));
        return new Outcome(without(before, copy), List.of(copy), List.of());
    }

    private static void removeAll(Transaction transaction, String key, List<Copy> before) throws SQLException {
        if (before.isEmpty()) return;
        transaction.delete(OBJECTS, "DELETE FROM object_locations WHERE object_key = ?", key);
    }

    private static void insert(Transaction transaction, String key, Copy copy) throws SQLException {
        Content content = copy.content();
        transaction.insert(
                OBJECTS,
                "INSERT INTO object_locations (object_key, backend_name, " + CONTENT_TARGETS + ", created_at) VALUES"
                        + " (?, ?, " + CONTENT_PARAMETERS + ", NOW())",
                key,
                copy.backend(),
                content.size(),
                content.encrypted(),
                content.encryptionKey(),
                content.keyId(),
                content.plaintextSize(),
                content.hash());
    }

    private static List<Copy> lockCopies(Transaction transaction, String key) throws SQLException {
        transaction.first("SELECT pg_advisory_xact_lock(hashtext(?))", row -> true, key);
        return transaction.query(
                "SELECT backend_name, " + CONTENT_COLUMNS + " FROM object_locations WHERE object_key = ?"
                        + " ORDER BY backend_name FOR UPDATE",
                ObjectStore::readCopy,
                key);
    }

    private static void expectAddition(
            Transaction transaction,
            String key,
            List<Copy> before,
            List<Copy> removed,
            Copy added,
            boolean intentDeleted)
            throws SQLException {
        boolean uploadOpen = transaction
                .first(
                        "SELECT EXISTS (SELECT 1 FROM multipart_uploads WHERE object_key = ?)",
                        row -> row.getBoolean(1),
                        key)
                .orElseThrow();
        transaction.expect(NotificationRules.derive(
                List.of(new KeyChange(key, before, removed, List.of(added), intentDeleted, uploadOpen))));
    }

    private void debit(Transaction transaction, List<Copy> copies) throws SQLException {
        adjust(transaction, debits(copies));
    }

    private void credit(Transaction transaction, Copy copy) throws SQLException {
        adjust(transaction, List.of(new QuotaChange(copy.backend(), copy.size())));
    }

    /** IncrementQuota and DecrementQuota, in the order of the backends so that writers cannot deadlock. */
    private void adjust(Transaction transaction, List<QuotaChange> changes) throws SQLException {
        List<QuotaChange> ordered = changes.stream()
                .sorted(Comparator.comparing(QuotaChange::backend).thenComparing(QuotaChange::bytes))
                .toList();
        for (QuotaChange change : ordered) {
            if (change.bytes() > 0) {
                increment(transaction, change.backend(), change.bytes());
            } else {
                decrement(transaction, change.backend(), -change.bytes());
            }
        }
    }

    private void decrement(Transaction transaction, String backend, long bytes) throws SQLException {
        transaction.updateReturning(
                QUOTAS,
                "UPDATE backend_quotas SET bytes_used = GREATEST(0, bytes_used - ?), updated_at = NOW()"
                        + " WHERE backend_name = ? RETURNING bytes_used + orphan_bytes, bytes_limit",
                row -> observe(backend, row),
                bytes,
                backend);
    }

    private void increment(Transaction transaction, String backend, long bytes) throws SQLException {
        List<Boolean> incremented = transaction.updateReturning(
                QUOTAS,
                "UPDATE backend_quotas SET bytes_used = bytes_used + ?, updated_at = NOW() WHERE backend_name = ? AND"
                        + " (bytes_limit = 0 OR bytes_used + orphan_bytes + ? <= bytes_limit)"
                        + " RETURNING bytes_used + orphan_bytes, bytes_limit",
                row -> observe(backend, row),
                bytes,
                backend,
                bytes);
        if (incremented.isEmpty()) throw new TransactionAbandoned("quota of " + backend + " exceeded");
    }

    private boolean observe(String backend, ResultSet quota) throws SQLException {
        gauges.observe(backend, quota.getLong(1), quota.getLong(2));
        return true;
    }

    private static List<QuotaChange> debits(List<Copy> copies) {
        return copies.stream()
                .map(copy -> new QuotaChange(copy.backend(), -copy.size()))
                .toList();
    }

    private static Optional<Copy> onBackend(List<Copy> copies, String backend) {
        return copies.stream().filter(copy -> copy.backend().equals(backend)).findFirst();
    }

    private static List<Copy> with(List<Copy> copies, Copy added) {
        List<Copy> result = new ArrayList<>(copies);
        result.add(added);
        result.sort(Comparator.comparing(Copy::backend));
        return List.copyOf(result);
    }

    private static List<Copy> without(List<Copy> copies, Copy removed) {
        return copies.stream().filter(copy -> !copy.equals(removed)).toList();
    }

    private static Copy readCopy(ResultSet row) throws SQLException {
        Content content = new Content(
                row.getLong(2),
                row.getBoolean(3),
                row.getString(4),
                row.getString(5),
                row.getObject(6, Long.class),
                row.getString(7));
        return new Copy(row.getString(1), content);
    }
}
