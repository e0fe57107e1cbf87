package io.waltally.workload.sync;

import io.waltally.workload.session.DatabaseSession;
import io.waltally.workload.session.RowChanges;
import io.waltally.workload.session.Transaction;
import io.waltally.workload.session.TransactionAbandoned;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * syncstorage's store methods. Each changes the same rows as the application's method, in the same order and the same
 * transactions. Timestamps are the transaction's {@code now()}, floored to 10 ms.
 */
final class SyncStore {
    /** A user's collection. */
    record Collection(long user, int id) {}

    static final int MAX_POSTED = 100;

    private static final String BSOS = "bsos";
    private static final String COLLECTIONS = "user_collections";
    private static final String BATCHES = "batches";
    private static final String BATCH_BSOS = "batch_bsos";

    private static final int TOMBSTONE = 0;
    private static final String NOW = "date_bin('10 milliseconds', now(), TIMESTAMPTZ '2000-01-01 00:00:00Z')";
    private static final String DEFAULT_TTL = "2100000000";

    private final DatabaseSession session;
    private final boolean quotaEnabled;

    /**
     * With quotas enabled each write counts the collection; otherwise it writes 0 and 0, the application's default.
     */
    SyncStore(DatabaseSession session, boolean quotaEnabled) {
        this.session = session;
        this.quotaEnabled = quotaEnabled;
    }

    /** Assigns an id to a custom collection, once. */
    Optional<Integer> createCollection(String name) throws SQLException {
        return session.atOnce(transaction -> transaction
                .insertReturning(
                        "collections",
                        "INSERT INTO collections (name) VALUES (?) ON CONFLICT (name) DO NOTHING"
                                + " RETURNING collection_id",
                        row -> row.getInt(1),
                        name)
                .stream()
                .findFirst());
    }

    /** PUT of one record: an insert, or an update of the given fields. */
    void put(Collection collection, BsoPut post) throws SQLException {
        session.transact(transaction -> {
            lock(transaction, collection);
            upsert(transaction, collection, post);
            touch(transaction, collection);
            return null;
        });
    }

    /** A PUT that is rolled back after all its writes: a precondition of the client failed. */
    void putAndRollBack(Collection collection, BsoPut post) throws SQLException {
        try {
            session.transact(transaction -> {
                lock(transaction, collection);
                upsert(transaction, collection, post);
                touch(transaction, collection);
                throw new TransactionAbandoned("the collection was modified since");
            });
        } catch (TransactionAbandoned expected) {
            // Rolled back as intended.
            return;
        }
    }

    /** Two records in one transaction, the second of which is rolled back to a savepoint. */
    void putWithSavepoint(Collection collection, BsoPut kept, BsoPut undone) throws SQLException {
        session.transact(transaction -> {
            lock(transaction, collection);
            upsert(transaction, collection, kept);
            Transaction.Mark mark = transaction.savepoint();
            upsert(transaction, collection, undone);
            transaction.delete(
                    BSOS,
                    "DELETE FROM bsos WHERE user_id = ? AND collection_id = ? AND bso_id = ?",
                    collection.user(),
                    collection.id(),
                    kept.id());
            transaction.rollbackTo(mark);
            touch(transaction, collection);
            return null;
        });
    }

    /** POST of up to 100 records with different ids, in one MERGE. */
    void merge(Collection collection, List<BsoPut> posts) throws SQLException {
        session.transact(transaction -> {
            lock(transaction, collection);
            merge(
                    transaction,
                    collection,
                    "unnest(?::text[], ?::integer[], ?::text[], ?::bigint[])",
                    posts.stream().map(BsoPut::id).toArray(String[]::new),
                    posts.stream().map(BsoPut::sortindex).toArray(Integer[]::new),
                    posts.stream().map(BsoPut::payload).toArray(String[]::new),
                    posts.stream().map(BsoPut::ttl).toArray(Long[]::new));
            touch(transaction, collection);
            return null;
        });
    }

    /** Creates a batch upload with its first records. */
    UUID openBatch(Collection collection, UUID batch, long lifetimeSeconds, List<BsoPut> posts) throws SQLException {
        session.transact(transaction -> {
            lock(transaction, collection);
            transaction.insert(
                    BATCHES,
                    "INSERT INTO batches (user_id, collection_id, batch_id, expiry) VALUES (?, ?, ?, " + NOW
                            + " + make_interval(secs => ?))",
                    collection.user(),
                    collection.id(),
                    batch,
                    (double) lifetimeSeconds);
            return stage(transaction, collection, batch, posts);
        });
        return batch;
    }

    /** Stages more records, with ids that are not staged yet; returns false if the batch does not exist any more. */
    boolean appendToBatch(Collection collection, UUID batch, List<BsoPut> posts) throws SQLException {
        return session.transact(transaction -> {
            if (!lockIfPresent(transaction, collection)) return false;
            if (staged(transaction, collection, batch) == 0) return false;
            stage(transaction, collection, batch, posts);
            return true;
        });
    }

    /** Commits a batch: merges the staged records, then deletes the batch, and by cascade the staged records. */
    boolean commitBatch(Collection collection, UUID batch) throws SQLException {
        return session.transact(transaction -> {
            if (!lockIfPresent(transaction, collection)) return false;
            long staged = staged(transaction, collection, batch);
            if (staged == 0) return false;
            merge(
                    transaction,
                    collection,
                    "(SELECT batch_bso_id, sortindex, payload, ttl FROM batch_bsos WHERE user_id = ? AND collection_id"
                            + " = ? AND batch_id = ?)",
                    collection.user(),
                    collection.id(),
                    batch);
            touch(transaction, collection);
            transaction.delete(
                    BATCHES,
                    "DELETE FROM batches WHERE user_id = ? AND collection_id = ? AND batch_id = ?",
                    collection.user(),
                    collection.id(),
                    batch);
            transaction.account(BATCH_BSOS, RowChanges.deleted(staged));
            return true;
        });
    }

    /** Deletes records by their ids; returns their number. */
    long delete(Collection collection, List<String> ids) throws SQLException {
        return session.transact(transaction -> {
            if (!lockIfPresent(transaction, collection)) return 0L;
            long deleted = transaction.delete(
                    BSOS,
                    "DELETE FROM bsos WHERE user_id = ? AND collection_id = ? AND bso_id = ANY (?)",
                    collection.user(),
                    collection.id(),
                    ids.toArray(new String[0]));
            // The application answers 404 for a single missing record, and changes nothing.
            if (deleted > 0 || ids.size() > 1) touch(transaction, collection);
            return deleted;
        });
    }

    /** Deletes a collection: its records, its row, and by cascade its batches; sets the user's tombstone to now. */
    boolean deleteCollection(Collection collection) throws SQLException {
        return session.transact(transaction -> {
            if (!lockIfPresent(transaction, collection)) return false;
            long batches = accountForStaged(
                    transaction, "user_id = ? AND collection_id = ?", collection.user(), collection.id());
            transaction.account(BATCHES, RowChanges.deleted(batches));
            transaction.delete(
                    BSOS,
                    "DELETE FROM bsos WHERE user_id = ? AND collection_id = ?",
                    collection.user(),
                    collection.id());
            transaction.delete(
                    COLLECTIONS,
                    "DELETE FROM user_collections WHERE user_id = ? AND collection_id = ?",
                    collection.user(),
                    collection.id());
            transaction.upsert(
                    COLLECTIONS,
                    "INSERT INTO user_collections (user_id, collection_id, modified, count, total_bytes) VALUES (?, ?, "
                            + NOW + ", NULL, NULL) ON CONFLICT (user_id, collection_id) DO UPDATE SET modified ="
                            + " EXCLUDED.modified RETURNING xmax = 0",
                    collection.user(),
                    TOMBSTONE);
            return true;
        });
    }

    /** Deletes everything of a user, including the tombstone. */
    boolean deleteStorage(long user) throws SQLException {
        return session.transact(transaction -> {
            Integer[] collections = transaction
                    .query(
                            "SELECT collection_id FROM user_collections WHERE user_id = ? ORDER BY collection_id"
                                    + " FOR UPDATE",
                            row -> row.getInt(1),
                            user)
                    .toArray(new Integer[0]);
            long batches = accountForStaged(transaction, "user_id = ? AND collection_id = ANY (?)", user, collections);
            transaction.account(BATCHES, RowChanges.deleted(batches));
            // Only the locked collections: what another writer starts meanwhile comes after this deletion.
            long deleted = transaction.delete(
                    BSOS, "DELETE FROM bsos WHERE user_id = ? AND collection_id = ANY (?)", user, collections);
            transaction.delete(
                    COLLECTIONS,
                    "DELETE FROM user_collections WHERE user_id = ? AND collection_id = ANY (?)",
                    user,
                    collections);
            return deleted > 0;
        });
    }

    /**
     * The purge: deletes expired batches with their staged records, then expired records; returns the number of the
     * latter.
     */
    long purge() throws SQLException {
        OffsetDateTime cutoff = session.atOnce(transaction -> transaction
                .first("SELECT now()", row -> row.getObject(1, OffsetDateTime.class))
                .orElseThrow());
        session.transact(transaction -> {
            accountForStaged(transaction, "expiry < ?", cutoff);
            return transaction.delete(BATCHES, "DELETE FROM batches WHERE expiry < ?", cutoff);
        });
        return session.atOnce(transaction -> transaction.delete(BSOS, "DELETE FROM bsos WHERE expiry < ?", cutoff));
    }

    /**
     * Locks the collection's row, as every writer of the collection does first. Inserts a missing row with a date in
     * year 1, for the foreign key of the records.
     */
    private static void lock(Transaction transaction, Collection collection) throws SQLException {
        while (!lockIfPresent(transaction, collection)) {
            long inserted = transaction.insert(
                    COLLECTIONS,
                    "INSERT INTO user_collections (user_id, collection_id, modified, count, total_bytes) VALUES (?, ?,"
                            + " TIMESTAMPTZ '0001-01-01 00:00:00Z', NULL, NULL) ON CONFLICT DO NOTHING",
                    collection.user(),
                    collection.id());
            if (inserted > 0) return;
        }
    }

    private static boolean lockIfPresent(Transaction transaction, Collection collection) throws SQLException {
        return transaction
                .first(
                        "SELECT modified, now() FROM user_collections WHERE user_id = ? AND collection_id = ? FOR UPDATE",
                        row -> true,
                        collection.user(),
                        collection.id())
                .isPresent();
    }

    private static void upsert(Transaction transaction, Collection collection, BsoPut post) throws SQLException {
        List<String> given = new ArrayList<>();
        if (post.sortindex() != null) given.add("sortindex = EXCLUDED.sortindex");
        if (post.payload() != null) given.add("payload = EXCLUDED.payload");
        if (!given.isEmpty()) given.add("modified = EXCLUDED.modified");
        if (post.ttl() != null) given.add("expiry = EXCLUDED.expiry");
        transaction.upsert(
                BSOS,
                "INSERT INTO bsos (user_id, collection_id, bso_id, sortindex, payload, modified, expiry) VALUES (?, ?,"
                        + " ?, ?::integer, COALESCE(?::text, ''), " + NOW + ", " + NOW
                        + " + make_interval(secs => COALESCE(?::bigint, " + DEFAULT_TTL + ")))"
                        + " ON CONFLICT (user_id, collection_id, bso_id) DO UPDATE SET " + String.join(", ", given)
                        + " RETURNING xmax = 0",
                collection.user(),
                collection.id(),
                post.id(),
                post.sortindex(),
                post.payload(),
                post.ttl());
    }

    private static void merge(Transaction transaction, Collection collection, String source, Object... sourceParameters)
            throws SQLException {
        List<Object> parameters = new ArrayList<>(List.of(sourceParameters));
        for (int i = 0; i < 2; i++) parameters.addAll(List.of(collection.user(), collection.id()));
        RowChanges merged = transaction
                .first(
                        "WITH merged AS (MERGE INTO bsos USING " + source
                                + " AS post (bso_id, sortindex, payload, ttl) ON bsos.user_id = ? AND"
                                + " bsos.collection_id = ? AND bsos.bso_id = post.bso_id WHEN MATCHED THEN UPDATE SET"
                                + " sortindex = COALESCE(post.sortindex, bsos.sortindex), payload ="
                                + " COALESCE(post.payload, bsos.payload), modified = CASE WHEN post.sortindex IS NULL"
                                + " AND post.payload IS NULL THEN bsos.modified ELSE " + NOW
                                + " END, expiry = CASE WHEN post.ttl IS NULL THEN bsos.expiry ELSE " + NOW
                                + " + make_interval(secs => post.ttl) END WHEN NOT MATCHED THEN INSERT (user_id,"
                                + " collection_id, bso_id, sortindex, payload, modified, expiry) VALUES (?, ?,"
                                + " post.bso_id, post.sortindex, COALESCE(post.payload, ''), " + NOW + ", " + NOW
                                + " + make_interval(secs => COALESCE(post.ttl, " + DEFAULT_TTL
                                + "))) RETURNING merge_action() AS action) SELECT count(*) FILTER (WHERE action ="
                                + " 'INSERT'), count(*) FILTER (WHERE action = 'UPDATE') FROM merged",
                        row -> new RowChanges(row.getLong(1), row.getLong(2), 0),
                        parameters.toArray())
                .orElseThrow();
        transaction.account(BSOS, merged);
    }

    /** Sets the modification time of the collection to now; with quotas, counts it too. */
    private void touch(Transaction transaction, Collection collection) throws SQLException {
        String insert = "INSERT INTO user_collections (user_id, collection_id, modified, count, total_bytes) ";
        String onConflict = " ON CONFLICT (user_id, collection_id) DO UPDATE SET modified = EXCLUDED.modified, count ="
                + " EXCLUDED.count, total_bytes = EXCLUDED.total_bytes RETURNING xmax = 0";
        if (quotaEnabled) {
            transaction.upsert(
                    COLLECTIONS,
                    insert + "SELECT ?, ?, " + NOW + ", count(*), COALESCE(sum(length(payload)), 0) FROM bsos WHERE"
                            + " user_id = ? AND collection_id = ? AND expiry > now()" + onConflict,
                    collection.user(),
                    collection.id(),
                    collection.user(),
                    collection.id());
        } else {
            transaction.upsert(
                    COLLECTIONS,
                    insert + "VALUES (?, ?, " + NOW + ", 0, 0)" + onConflict,
                    collection.user(),
                    collection.id());
        }
    }

    private static long stage(Transaction transaction, Collection collection, UUID batch, List<BsoPut> posts)
            throws SQLException {
        return transaction.insert(
                BATCH_BSOS,
                "INSERT INTO batch_bsos (user_id, collection_id, batch_id, batch_bso_id, sortindex, payload, ttl)"
                        + " SELECT ?, ?, ?, * FROM unnest(?::text[], ?::integer[], ?::text[], ?::bigint[])",
                collection.user(),
                collection.id(),
                batch,
                posts.stream().map(BsoPut::id).toArray(String[]::new),
                posts.stream().map(BsoPut::sortindex).toArray(Integer[]::new),
                posts.stream().map(BsoPut::payload).toArray(String[]::new),
                posts.stream().map(BsoPut::ttl).toArray(Long[]::new));
    }

    /** Number of records that are staged in a batch, which is locked. */
    private static long staged(Transaction transaction, Collection collection, UUID batch) throws SQLException {
        transaction.first(
                "SELECT 1 FROM batches WHERE user_id = ? AND collection_id = ? AND batch_id = ? FOR UPDATE",
                row -> true,
                collection.user(),
                collection.id(),
                batch);
        return transaction
                .first(
                        "SELECT count(*) FROM batch_bsos WHERE user_id = ? AND collection_id = ? AND batch_id = ?",
                        row -> row.getLong(1),
                        collection.user(),
                        collection.id(),
                        batch)
                .orElseThrow();
    }

    /**
     * Records the deletion of the staged records of all batches that satisfy a condition. Locks the batches first, so
     * that the count is exact.
     *
     * @return the number of batches
     */
    private static long accountForStaged(Transaction transaction, String condition, Object... parameters)
            throws SQLException {
        long batches = transaction
                .query("SELECT 1 FROM batches WHERE " + condition + " FOR UPDATE", row -> true, parameters)
                .size();
        if (batches == 0) return 0;
        long staged = transaction
                .first(
                        "SELECT count(*) FROM batch_bsos JOIN batches USING (user_id, collection_id, batch_id) WHERE "
                                + condition,
                        row -> row.getLong(1),
                        parameters)
                .orElseThrow();
        transaction.account(BATCH_BSOS, RowChanges.deleted(staged));
        return batches;
    }
}
