package io.waltally.workload.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.waltally.workload.TestServer;
import io.waltally.workload.session.DatabaseAddress;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The oracle on handwritten rows, compared with tallies computed by hand. */
@ExtendWith(TestServer.Extension.class)
class SqlOracleIT {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final TestServer server;

    SqlOracleIT(TestServer server) {
        this.server = server;
    }

    @Test
    void aBackendHoldsItsCopiesItsOrphansAndItsPartsInFlight() throws SQLException {
        // Given
        DatabaseAddress s3 = server.s3();
        TestServer.execute(
                s3,
                "INSERT INTO backend_quotas (backend_name, bytes_used, bytes_limit, orphan_bytes) VALUES"
                        + " ('a', 12345, 1000, 99), ('b', 0, 0, 0), ('c', 0, 50, 0)",
                "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES"
                        + " ('x/1', 'a', 100), ('x/2', 'a', 200), ('x/1', 'b', 100), ('x/3', 'c', 70)",
                "INSERT INTO cleanup_queue (backend_name, object_key, reason, size_bytes) VALUES ('a', 'k', 'r', 30)",
                "INSERT INTO cleanup_dlq (original_id, backend_name, object_key, reason, size_bytes, attempts,"
                        + " first_enqueued_at) VALUES (7, 'a', 'k', 'r', 70, 10, now()), (8, 'b', 'k', 'r', 5, 10, now())",
                "INSERT INTO multipart_uploads (upload_id, object_key, backend_name) VALUES ('u', 'x/9', 'a'),"
                        + " ('v', 'x/9', 'a')",
                "INSERT INTO multipart_parts (upload_id, part_number, etag, size_bytes) VALUES ('u', 1, 'e', 11),"
                        + " ('u', 2, 'e', 12), ('v', 1, 'e', 13)");
        // When
        S3Tallies tallies = new SqlOracle(s3).s3Tallies();
        // Then
        assertThat(tallies.backends())
                .containsOnly(
                        entry("a", new BackendTally(300, 2, 100, 36, 1000)),
                        entry("b", new BackendTally(100, 1, 5, 0, 0)),
                        entry("c", new BackendTally(70, 1, 0, 0, 50)));
        assertThat(tallies.backends().get("a").bytesAvailable()).isEqualTo(564);
        assertThat(tallies.backends().get("a").utilization()).isEqualTo(0.4);
        assertThat(tallies.backends().get("b").bytesAvailable()).isNull();
        assertThat(tallies.backends().get("b").utilization()).isZero();
        assertThat(tallies.backends().get("c").bytesAvailable()).isEqualTo(-20);
        assertThat(tallies.backends().get("c").utilization()).isEqualTo(1.4);
    }

    @Test
    void usageIsPerBackendAndMonth() throws SQLException {
        DatabaseAddress s3 = server.s3();
        TestServer.execute(
                s3,
                "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('a', 0)",
                "INSERT INTO backend_usage (backend_name, period, api_requests, egress_bytes, ingress_bytes) VALUES"
                        + " ('a', '2026-10', 1, 2, 3), ('a', '2026-11', 4, 5, 6)");
        assertThat(new SqlOracle(s3).s3Tallies().usage())
                .containsOnly(
                        entry(new UsageKey("a", "2026-10"), new UsageTally(1, 2, 3)),
                        entry(new UsageKey("a", "2026-11"), new UsageTally(4, 5, 6)));
    }

    @Test
    void aBucketCountsTheFirstCopyOfEachKeyByItsPlaintext() throws SQLException {
        // Given
        DatabaseAddress s3 = server.s3();
        TestServer.execute(
                s3,
                "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('B', 0), ('a', 0), ('c', 0)",
                "INSERT INTO object_locations (object_key, backend_name, size_bytes, plaintext_size, created_at) VALUES"
                        // The older copy, although its name comes later.
                        + " ('p/1', 'a', 100, NULL, '2026-02-01Z'), ('p/1', 'c', 160, 99, '2026-01-01Z'),"
                        // As old as each other: 'B' comes before 'a' by bytes, whatever the collation says.
                        + " ('p/d/2', 'a', 10, NULL, '2026-01-01Z'), ('p/d/2', 'B', 20, NULL, '2026-01-01Z'),"
                        // Without a date comes last.
                        + " ('q/', 'a', 7, NULL, NULL), ('q/', 'c', 8, NULL, '2026-01-01Z'),"
                        // No slash, and a slash at the beginning: the empty bucket.
                        + " ('plain', 'a', 1000, NULL, NULL), ('/odd', 'a', 2000, NULL, NULL)");
        // Then
        assertThat(new SqlOracle(s3).s3Tallies().buckets())
                .containsOnly(
                        entry("p", new BucketTally(99 + 20, 290, 2, 4, 0, 2)),
                        entry("q", new BucketTally(8, 15, 1, 2, 0, 1)),
                        entry("", new BucketTally(3000, 3000, 2, 2, 0, 0)));
    }

    @Test
    void aBucketCountsKeysWhoseCopiesAreFewerOrMoreThanTheReplicationFactor() throws SQLException {
        // Given
        DatabaseAddress s3 = server.s3();
        TestServer.execute(
                s3,
                "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('a', 0), ('b', 0), ('c', 0)",
                "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('p/1', 'a', 1),"
                        + " ('p/2', 'a', 1), ('p/3', 'a', 1), ('p/3', 'b', 1), ('p/4', 'a', 1), ('p/4', 'b', 1),"
                        + " ('p/4', 'c', 1), ('q/1', 'a', 1), ('q/1', 'b', 1)");
        // Then
        assertThat(new SqlOracle(s3).s3Tallies(2).buckets())
                .containsOnly(
                        entry("p", new BucketTally(4, 7, 4, 7, 2, 1)), entry("q", new BucketTally(1, 2, 1, 2, 0, 0)));
    }

    @Test
    void aCollectionCountsUnexpiredRecordsAndTheirCodePoints() throws SQLException {
        // Given
        DatabaseAddress sync = server.sync();
        TestServer.execute(
                sync,
                "INSERT INTO user_collections (user_id, collection_id, modified, count, total_bytes) VALUES"
                        + " (1, 7, '2026-11-22 11:00:00.01Z', 999, 999), (1, 3, '2026-11-22 10:00Z', 0, 0),"
                        + " (1, 0, '2026-11-22 09:00Z', NULL, NULL), (1, 4, '0001-01-01Z', NULL, NULL),"
                        + " (2, 8, '0001-01-01Z', NULL, NULL), (2, 9, '0001-01-01Z', NULL, NULL),"
                        + " (3, 9, '0001-01-01Z', NULL, NULL), (4, 500, '2026-11-22 10:00Z', NULL, NULL)",
                "INSERT INTO bsos (user_id, collection_id, bso_id, payload, modified, expiry) VALUES"
                        + " (1, 7, 'a', 'abc', now(), '2026-11-22 12:00:00.000001Z'),"
                        // Two characters: one of two bytes, one of four.
                        + " (1, 7, 'b', 'é' || U&'\\+01F680', now(), '2093-01-01Z'),"
                        + " (1, 7, 'at noon', 'gone', now(), '2026-11-22 12:00Z'),"
                        + " (1, 3, 'expired', 'gone', now(), '2026-11-22 11:00Z'),"
                        + " (2, 8, 'pretouched', '', now(), '2093-01-01Z'),"
                        + " (2, 9, 'expired', 'gone', now(), '2026-01-01Z')");
        // When
        SyncTallies tallies = new SqlOracle(sync).syncTallies(NOON);
        // Then
        assertThat(tallies.at()).isEqualTo(NOON);
        assertThat(tallies.collections())
                .containsOnly(
                        entry(
                                new CollectionKey(1, 7),
                                tally("bookmarks", 2, 5, Instant.parse("2026-11-22T11:00:00.010Z"))),
                        entry(new CollectionKey(1, 3), tally("forms", 0, 0, Instant.parse("2026-11-22T10:00:00Z"))),
                        entry(new CollectionKey(2, 8), tally("prefs", 1, 0, Instant.parse("0001-01-01T00:00:00Z"))),
                        entry(
                                new CollectionKey(4, 500),
                                new CollectionTally(Optional.empty(), 0, 0, Instant.parse("2026-11-22T10:00:00Z"))));
        assertThat(tallies.storage())
                .containsOnly(
                        entry(1L, new StorageTally(2, 5, 2)),
                        entry(2L, new StorageTally(1, 0, 1)),
                        entry(4L, new StorageTally(0, 0, 1)));
    }

    @Test
    void theDocumentedSchemaIsReadWithoutZonesAndWithRecordsThatNeverExpire() throws SQLException {
        // Given
        DatabaseAddress sync = server.empty();
        TestServer.execute(
                sync,
                "CREATE TABLE collections (collection_id integer PRIMARY KEY, name varchar(32) UNIQUE)",
                "CREATE TABLE user_collections (user_id bigint, collection_id integer, modified timestamp, count bigint,"
                        + " total_bytes bigint, PRIMARY KEY (user_id, collection_id))",
                "CREATE TABLE bsos (user_id bigint, collection_id integer, bso_id text, sortindex bigint, payload text,"
                        + " modified timestamp, expiry timestamp, PRIMARY KEY (user_id, collection_id, bso_id))",
                "INSERT INTO collections VALUES (7, 'bookmarks')",
                "INSERT INTO user_collections VALUES (1, 7, '2026-11-22 11:00', 0, 0)",
                "INSERT INTO bsos VALUES (1, 7, 'never', NULL, 'abcd', now(), NULL),"
                        + " (1, 7, 'later', NULL, 'ab', now(), '2026-11-22 12:00:01'),"
                        + " (1, 7, 'gone', NULL, 'a', now(), '2026-11-22 11:59:59')");
        // Then
        assertThat(new SqlOracle(sync).syncTallies(NOON).collections())
                .containsOnly(entry(
                        new CollectionKey(1, 7), tally("bookmarks", 2, 6, Instant.parse("2026-11-22T11:00:00Z"))));
    }

    @Test
    void theLastExpiryIsTheLatestWithinTheHorizon() throws SQLException {
        // Given
        DatabaseAddress sync = server.sync();
        SqlOracle oracle = new SqlOracle(sync);
        assertThat(oracle.lastExpiryWithin(Duration.ofDays(1))).isEmpty();
        TestServer.execute(
                sync,
                "INSERT INTO user_collections VALUES (1, 7, now(), 0, 0)",
                "INSERT INTO bsos (user_id, collection_id, bso_id, payload, modified, expiry) SELECT 1, 7,"
                        + " expiry::text, '', now(), date_trunc('day', now()) + expiry * interval '1 day'"
                        + " FROM unnest(ARRAY[-1, 2, 4, 400]) AS expiry");
        // Then
        Optional<Instant> last = oracle.lastExpiryWithin(Duration.ofDays(30));
        assertThat(last).isPresent();
        assertThat(Duration.between(Instant.now(), last.get())).isBetween(Duration.ofDays(2), Duration.ofDays(5));
        assertThat(oracle.lastExpiryWithin(Duration.ofHours(1))).isEmpty();
    }

    private static CollectionTally tally(String name, long count, long totalBytes, Instant modified) {
        return new CollectionTally(Optional.of(name), count, totalBytes, modified);
    }
}
