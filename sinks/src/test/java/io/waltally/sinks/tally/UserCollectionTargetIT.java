package io.waltally.sinks.tally;

import static io.waltally.sinks.tally.TallyTopic.collection;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.migrations.Application;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TallyDatabase.Extension.class)
class UserCollectionTargetIT {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");
    private static final String APPLICATION =
            "SELECT user_id, collection_id, count, total_bytes FROM user_collections ORDER BY 1, 2";

    private final TallyTopic<UserCollectionKey, UserCollection> topic =
            new TallyTopic<>(TallyTopic.TOPICS.userCollections());
    private TallyDatabase database;
    private UserCollectionTarget target;

    @BeforeEach
    void migrate(TallyDatabase.Server server) throws SQLException {
        database = server.create(Application.SYNC).migrated();
    }

    @AfterEach
    void close() {
        if (target != null) {
            target.close();
        }
    }

    private void start(TallyMode mode) {
        close();
        target = new UserCollectionTarget(
                "collections",
                database.sessions("collections"),
                mode,
                TallyTopic.TOPICS,
                new ReconcileSchedule(Duration.ZERO, 3));
        topic.claim(target);
    }

    @Test
    void anyTimeThatTheApplicationMayHaveIsKept() throws SQLException {
        start(TallyMode.SHADOW);
        List<Instant> times = List.of(
                NOON,
                Instant.parse("0001-01-01T00:00:00Z"),
                Instant.parse("-0043-03-15T10:00:00.000001Z"),
                Instant.parse("+12026-01-01T00:00:00Z"),
                Instant.EPOCH.plusSeconds(Long.MAX_VALUE / 1_000_000),
                Instant.EPOCH.minusSeconds(Long.MAX_VALUE / 1_000_000));
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < times.size(); i++) {
            records.add(collection(topic, i, 7, 1, 1, times.get(i), 0x10));
        }
        topic.write(target, records);
        assertThat(database.query("SELECT modified AT TIME ZONE 'UTC' FROM waltally.user_collections ORDER BY user_id"))
                .containsExactly(
                        "2026-11-22 12:00:00.123456",
                        "0001-01-01 00:00:00",
                        "0044-03-15 10:00:00.000001 BC",
                        "12026-01-01 00:00:00",
                        "infinity",
                        "-infinity");
    }

    @Test
    void rowsWithoutATallyAndTheTimeOfTheApplicationStayAsTheyAre() throws SQLException {
        // Given a pretouched collection, the tombstone of a user, and an ordinary collection
        database.execute("INSERT INTO user_collections VALUES (1, 0, '2026-01-01', NULL, NULL),"
                + " (1, 7, '0001-01-01', NULL, NULL), (1, 8, '2026-01-01', 0, 0)");
        start(TallyMode.AUTHORITATIVE);
        // When
        topic.write(
                target, List.of(collection(topic, 1, 8, 2, 30, NOON, 0x10), collection(topic, 2, 8, 9, 9, NOON, 0x10)));
        for (int i = 0; i < 3; i++) {
            target.maintain();
        }
        // Then
        assertThat(database.query(APPLICATION))
                .containsExactly("1 | 0 | null | null", "1 | 7 | null | null", "1 | 8 | 2 | 30");
        assertThat(database.query("SELECT DISTINCT modified FROM user_collections WHERE collection_id = 8"))
                .hasSize(1)
                .allMatch(modified -> modified.startsWith("2026-01-01"));
        // And counters that the application has not written are no drift
        start(TallyMode.SHADOW);
        database.execute("UPDATE user_collections SET count = NULL, total_bytes = NULL");
        topic.write(target, List.of(collection(topic, 1, 8, 3, 33, NOON, 0x20)));
        assertThat(database.query("SELECT application_count, count, count_difference, drifts, since"
                        + " FROM waltally.user_collection_drift"))
                .containsExactly("null | 3 | null | f | null");
        // But the zeros that it writes without quotas are
        database.execute("UPDATE user_collections SET count = 0, total_bytes = 0");
        topic.write(target, List.of(collection(topic, 1, 8, 4, 44, NOON, 0x30)));
        assertThat(database.query("SELECT application_count, count, count_difference, total_bytes_difference, drifts,"
                        + " since IS NOT NULL FROM waltally.user_collection_drift"))
                .containsExactly("0 | 4 | -4 | -44 | t | t");
    }

    /** Any tallies, in any batches, with crashes, and other writers of the application's table. */
    @Test
    void anySequenceOfTalliesEndsAsItsRecordsOneByOne() throws SQLException {
        long seed = Long.getLong("waltally.seed", System.nanoTime());
        Random random = new Random(seed);
        start(TallyMode.AUTHORITATIVE);
        database.execute("INSERT INTO user_collections SELECT u, c, now(), NULL, NULL"
                + " FROM generate_series(1, 4) u, generate_series(7, 9) c");
        TreeMap<UserCollectionKey, String> expected = new TreeMap<>();
        TreeMap<UserCollectionKey, Long> positions = new TreeMap<>();
        List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            UserCollectionKey key = new UserCollectionKey(1L + random.nextInt(4), 7 + random.nextInt(3));
            if (random.nextInt(5) == 0) {
                batch.add(topic.record(key, null));
                expected.remove(key);
                positions.remove(key);
            } else {
                long count = random.nextInt(100);
                long lsn = i / 4L + random.nextInt(10);
                batch.add(collection(topic, key.getUserId(), key.getCollectionId(), count, count * 3, NOON, lsn));
                if (positions.getOrDefault(key, 0L) <= lsn) {
                    positions.put(key, lsn);
                    expected.put(key, count + " | " + count * 3);
                }
            }
            if (random.nextInt(20) == 0) {
                target.begin();
                target.apply(batch);
                start(TallyMode.AUTHORITATIVE);
            }
            if (random.nextInt(8) == 0) {
                topic.write(target, batch);
                batch.clear();
            }
            if (random.nextInt(30) == 0) {
                database.execute("UPDATE user_collections SET count = -1 WHERE user_id = " + (1 + random.nextInt(4)));
            }
        }
        if (!batch.isEmpty()) {
            topic.write(target, batch);
        }
        for (int i = 0; i < 12; i++) {
            target.maintain();
        }
        List<String> rows = expected.entrySet().stream()
                .map(entry -> entry.getKey().getUserId() + " | "
                        + entry.getKey().getCollectionId() + " | " + entry.getValue())
                .toList();
        assertThat(database.query("SELECT user_id, collection_id, count, total_bytes FROM waltally.user_collections"
                        + " ORDER BY 1, 2"))
                .as("-Dwaltally.seed=" + seed)
                .isEqualTo(rows);
        assertThat(database.query("SELECT a.user_id, a.collection_id, a.count, a.total_bytes FROM user_collections a"
                        + " JOIN waltally.user_collections s USING (user_id, collection_id) ORDER BY 1, 2"))
                .as("-Dwaltally.seed=" + seed)
                .isEqualTo(rows);
        assertThat(database.query("SELECT 1 FROM waltally.user_collection_drift_since"))
                .as("-Dwaltally.seed=" + seed)
                .isEmpty();
    }
}
