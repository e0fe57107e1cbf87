package io.waltally.workload.oracle;

import io.waltally.workload.session.DatabaseAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Computes the expected value of every tally by SQL on the applications' tables. Shares no code with the pipeline, so
 * that a comparison means something.
 *
 * <p>Each call reads one snapshot of its database. Supports the schema of the applications and that of their documents,
 * where an expiry may be null (never) and times may have no zone (UTC).
 */
public final class SqlOracle {
    private static final String BACKENDS = """
            SELECT q.backend_name, q.bytes_limit,
                   COALESCE((SELECT sum(size_bytes) FROM object_locations o
                             WHERE o.backend_name = q.backend_name), 0)::bigint,
                   (SELECT count(*) FROM object_locations o WHERE o.backend_name = q.backend_name),
                   (COALESCE((SELECT sum(size_bytes) FROM cleanup_queue c
                              WHERE c.backend_name = q.backend_name), 0)
                    + COALESCE((SELECT sum(size_bytes) FROM cleanup_dlq d
                                WHERE d.backend_name = q.backend_name), 0))::bigint,
                   COALESCE((SELECT sum(p.size_bytes) FROM multipart_parts p JOIN multipart_uploads u USING (upload_id)
                             WHERE u.backend_name = q.backend_name), 0)::bigint
            FROM backend_quotas q
            """;

    private static final String USAGE =
            "SELECT backend_name, period, api_requests, egress_bytes, ingress_bytes FROM backend_usage";

    private static final String BUCKETS = """
            WITH copies AS (
                SELECT CASE WHEN position('/' IN object_key) > 0 THEN split_part(object_key, '/', 1) ELSE '' END
                           AS bucket,
                       size_bytes, COALESCE(plaintext_size, size_bytes) AS plaintext_bytes,
                       row_number() OVER (PARTITION BY object_key
                                          ORDER BY created_at NULLS LAST, backend_name COLLATE "C") AS copy,
                       count(*) OVER (PARTITION BY object_key) AS copies
                FROM object_locations)
            SELECT bucket, COALESCE(sum(plaintext_bytes) FILTER (WHERE copy = 1), 0)::bigint, sum(size_bytes)::bigint,
                   count(*) FILTER (WHERE copy = 1), count(*),
                   count(*) FILTER (WHERE copy = 1 AND copies < ?), count(*) FILTER (WHERE copy = 1 AND copies > ?)
            FROM copies GROUP BY bucket
            """;

    private static final String COLLECTIONS = """
            SELECT uc.user_id, uc.collection_id, c.name, COALESCE(b.count, 0), COALESCE(b.total_bytes, 0),
                   uc.modified::timestamptz
            FROM user_collections uc
            LEFT JOIN (SELECT user_id, collection_id, count(*) AS count, sum(length(payload))::bigint AS total_bytes
                       FROM bsos WHERE expiry IS NULL OR expiry::timestamptz > ? GROUP BY user_id, collection_id) b
                   USING (user_id, collection_id)
            LEFT JOIN collections c ON c.collection_id = uc.collection_id
            WHERE uc.collection_id <> 0
              AND (b.count > 0 OR uc.modified::timestamptz > TIMESTAMPTZ '0001-01-01 00:00:00Z')
            """;

    private static final String LAST_EXPIRY = """
            SELECT max(expiry)::timestamptz FROM bsos
            WHERE expiry::timestamptz > now() AND expiry::timestamptz <= now() + make_interval(secs => ?)
            """;

    private final DatabaseAddress address;

    public SqlOracle(DatabaseAddress address) {
        this.address = address;
    }

    /** The tallies of s3-orchestrator's store with a replication factor of 1. */
    public S3Tallies s3Tallies() throws SQLException {
        return s3Tallies(1);
    }

    /**
     * The tallies of s3-orchestrator's store without a grace period: every object counts whose number of copies differs
     * from the replication factor. A tally with a grace period is equal once nothing was written for longer than that.
     */
    public S3Tallies s3Tallies(int replicationFactor) throws SQLException {
        return s3Tallies(replicationFactor, replicationFactor);
    }

    /** The same within every grace period: no object counts as deviating. */
    public S3Tallies s3TalliesWithinGrace() throws SQLException {
        return s3Tallies(0, Integer.MAX_VALUE);
    }

    private S3Tallies s3Tallies(int fewestCopies, int mostCopies) throws SQLException {
        try (Connection connection = snapshot();
                Statement statement = connection.createStatement()) {
            return new S3Tallies(backends(statement), usage(statement), buckets(connection, fewestCopies, mostCopies));
        }
    }

    /** The tallies of syncstorage's store, without records that have expired at {@code now}. */
    public SyncTallies syncTallies(Instant now) throws SQLException {
        Map<CollectionKey, CollectionTally> collections = new HashMap<>();
        try (Connection connection = snapshot();
                PreparedStatement statement = connection.prepareStatement(COLLECTIONS)) {
            statement.setObject(1, now.atOffset(ZoneOffset.UTC));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    CollectionTally tally = new CollectionTally(
                            Optional.ofNullable(row.getString(3)),
                            row.getLong(4),
                            row.getLong(5),
                            row.getObject(6, OffsetDateTime.class).toInstant());
                    collections.put(new CollectionKey(row.getLong(1), row.getInt(2)), tally);
                }
            }
        }
        return SyncTallies.of(now, collections);
    }

    /**
     * The last instant within the horizon, by the server's clock, at which a record expires; empty if none does. After
     * it the tallies do not change until the end of the horizon, unless something is written.
     */
    public Optional<Instant> lastExpiryWithin(Duration horizon) throws SQLException {
        try (Connection connection = snapshot();
                PreparedStatement statement = connection.prepareStatement(LAST_EXPIRY)) {
            statement.setDouble(1, horizon.toMillis() / 1000.0);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return Optional.ofNullable(row.getObject(1, OffsetDateTime.class))
                        .map(OffsetDateTime::toInstant);
            }
        }
    }

    private static Map<String, BackendTally> backends(Statement statement) throws SQLException {
        Map<String, BackendTally> backends = new HashMap<>();
        try (ResultSet row = statement.executeQuery(BACKENDS)) {
            while (row.next()) {
                BackendTally tally = new BackendTally(
                        row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6), row.getLong(2));
                backends.put(row.getString(1), tally);
            }
        }
        return backends;
    }

    private static Map<UsageKey, UsageTally> usage(Statement statement) throws SQLException {
        Map<UsageKey, UsageTally> usage = new HashMap<>();
        try (ResultSet row = statement.executeQuery(USAGE)) {
            while (row.next()) {
                UsageKey key = new UsageKey(row.getString(1), row.getString(2));
                usage.put(key, new UsageTally(row.getLong(3), row.getLong(4), row.getLong(5)));
            }
        }
        return usage;
    }

    private static Map<String, BucketTally> buckets(Connection connection, int fewestCopies, int mostCopies)
            throws SQLException {
        Map<String, BucketTally> buckets = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(BUCKETS)) {
            statement.setInt(1, fewestCopies);
            statement.setInt(2, mostCopies);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    BucketTally tally = new BucketTally(
                            row.getLong(2),
                            row.getLong(3),
                            row.getLong(4),
                            row.getLong(5),
                            row.getLong(6),
                            row.getLong(7));
                    buckets.put(row.getString(1), tally);
                }
            }
        }
        return buckets;
    }

    private Connection snapshot() throws SQLException {
        Connection connection = address.connect();
        try (Statement statement = connection.createStatement()) {
            // Times without a zone are in UTC; the driver would use the zone of this machine.
            statement.execute("SET TIME ZONE 'UTC'");
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        } catch (SQLException error) {
            connection.close();
            throw error;
        }
        return connection;
    }
}
