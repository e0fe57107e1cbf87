package io.waltally.sinks.tally;

import static io.waltally.sinks.tally.TallyTopic.quota;
import static io.waltally.sinks.tally.TallyTopic.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.migrations.Application;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.sinks.target.TargetException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TallyDatabase.Extension.class)
class BackendQuotaTargetIT {
    private static final String SHADOW =
            "SELECT backend_name, bytes_used, orphan_bytes, applied_lsn FROM waltally.backend_quotas ORDER BY 1";
    private static final String APPLICATION =
            "SELECT backend_name, bytes_used, orphan_bytes, bytes_limit FROM backend_quotas ORDER BY 1";
    private static final String DRIFT =
            "SELECT backend_name, application_bytes_used, bytes_used, bytes_used_difference,"
                    + " orphan_bytes_difference, drifts, since IS NOT NULL FROM waltally.backend_quota_drift ORDER BY 1";

    private final TallyTopic<BackendKey, BackendQuota> topic = new TallyTopic<>(TallyTopic.TOPICS.backendQuotas());
    private TallyDatabase database;
    private BackendQuotaTarget target;

    @BeforeEach
    void migrate(TallyDatabase.Server server) throws SQLException {
        database = server.create(Application.S3).migrated();
    }

    @AfterEach
    void close() {
        if (target != null) {
            target.close();
        }
    }

    private void start(TallyMode mode) {
        close();
        target = new BackendQuotaTarget(
                "quotas",
                database.sessions("quotas"),
                mode,
                TallyTopic.TOPICS,
                new ReconcileSchedule(Duration.ZERO, 2));
        topic.claim(target);
    }

    private long write(List<ConsumerRecord<byte[], byte[]>> records) {
        return topic.write(target, records);
    }

    /** Every key once, whatever the slices. */
    private void sweep() throws SQLException {
        int keys = database.query("SELECT 1 FROM waltally.backend_quotas").size();
        for (int i = 0; i <= keys; i++) {
            target.maintain();
        }
    }

    @Test
    void anOlderTallyDoesNotReplaceANewerOne() throws SQLException {
        start(TallyMode.SHADOW);
        assertThat(write(List.of(quota(topic, "b1", 10, 1, 0x20), quota(topic, "b2", 5, 0, 0x20))))
                .isEqualTo(2);
        assertThat(write(List.of(quota(topic, "b1", 7, 0, 0x10), quota(topic, "b2", 6, 0, 0x30))))
                .isEqualTo(1);
        assertThat(database.query(SHADOW)).containsExactly("b1 | 10 | 1 | 0/20", "b2 | 6 | 0 | 0/30");
        // A later epoch is newer at any LSN, and LSNs are unsigned.
        write(List.of(quota(topic, "b1", 3, 0, 2, 0x1), quota(topic, "b2", 9, 0, 1, -1L)));
        assertThat(database.query(SHADOW)).containsExactly("b1 | 3 | 0 | 0/1", "b2 | 9 | 0 | FFFFFFFF/FFFFFFFF");
    }

    @Test
    void ofTwoTalliesOfAPositionTheLaterRecordHolds() throws SQLException {
        start(TallyMode.SHADOW);
        write(List.of(quota(topic, "b1", 10, 0, 0x20)));
        write(List.of(quota(topic, "b1", 8, 0, 0x20), quota(topic, "b1", 7, 0, 0x20)));
        assertThat(database.query(SHADOW)).containsExactly("b1 | 7 | 0 | 0/20");
        assertThat(write(List.of(quota(topic, "b1", 7, 0, 0x20)))).isZero();
    }

    @Test
    void aBackendThatWasRemovedAndAddedAgainBeginsAnew() throws SQLException {
        start(TallyMode.SHADOW);
        write(List.of(quota(topic, "b1", 10, 0, 0x20)));
        write(List.of(tombstone(topic, "b1")));
        assertThat(database.query(SHADOW)).isEmpty();
        write(List.of(quota(topic, "b1", 1, 0, 0x10), tombstone(topic, "b1"), quota(topic, "b1", 2, 0, 0x5)));
        assertThat(database.query(SHADOW)).containsExactly("b1 | 2 | 0 | 0/5");
    }

    @Test
    void whatWasNotCommittedIsWrittenAgainAndWhatWasCommittedIsNot() throws SQLException {
        // Given a process that dies before its commit
        start(TallyMode.AUTHORITATIVE);
        database.execute("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 1000)");
        ConsumerRecord<byte[], byte[]> record = quota(topic, "b1", 10, 0, 0x20);
        target.begin();
        assertThat(target.apply(List.of(record))).isEqualTo(2);
        target.close();
        assertThat(database.query(SHADOW)).isEmpty();
        assertThat(database.query(APPLICATION)).containsExactly("b1 | 0 | 0 | 1000");
        // When
        start(TallyMode.AUTHORITATIVE);
        assertThat(topic.claim(target)).isEmpty();
        write(List.of(record));
        // Then
        assertThat(database.query(SHADOW)).containsExactly("b1 | 10 | 0 | 0/20");
        assertThat(database.query(APPLICATION)).containsExactly("b1 | 10 | 0 | 1000");
        assertThat(topic.claim(target)).containsEntry(topic.partition(), 1L);
    }

    @Test
    void aWriterThatLostItsPartitionsWritesNothing() throws SQLException {
        start(TallyMode.SHADOW);
        BackendQuotaTarget former = target;
        try (BackendQuotaTarget next =
                new BackendQuotaTarget("quotas", database.sessions("next"), TallyMode.SHADOW, TallyTopic.TOPICS)) {
            topic.claim(next);
            assertThatThrownBy(() -> topic.write(former, List.of(quota(topic, "b1", 1, 0, 0x10))))
                    .isInstanceOfSatisfying(
                            TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.FENCED));
        }
        assertThat(database.query(SHADOW)).isEmpty();
    }

    @Test
    void theApplicationsRowsGetTheirCountersAndNothingElse() throws SQLException {
        // Given
        database.execute(
                "INSERT INTO backend_quotas (backend_name, bytes_limit, updated_at) VALUES ('b1', 500, '2026-01-01')");
        start(TallyMode.AUTHORITATIVE);
        // When
        write(List.of(quota(topic, "b1", 10, 3, 0x20), quota(topic, "gone", 5, 0, 0x20)));
        // Then a row that the application has not is not made
        assertThat(database.query(APPLICATION)).containsExactly("b1 | 10 | 3 | 500");
        assertThat(database.query("SELECT updated_at > '2026-01-01' FROM backend_quotas"))
                .containsExactly("t");
        // And an older tally changes nothing
        write(List.of(quota(topic, "b1", 2, 0, 0x10)));
        assertThat(database.query(APPLICATION)).containsExactly("b1 | 10 | 3 | 500");
    }

    @Test
    void aTableThatDoesNotKeepItsCountersIsNoticed() throws SQLException {
        database.execute("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 500), ('b2', 500)");
        start(TallyMode.AUTHORITATIVE);
        for (String result : List.of("NULL", "OLD")) {
            database.execute(
                    "CREATE OR REPLACE FUNCTION keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                            + " IF NEW.backend_name = 'b2' THEN RETURN " + result + "; END IF; RETURN NEW; END $$",
                    "CREATE OR REPLACE TRIGGER keeps BEFORE UPDATE ON backend_quotas FOR EACH ROW EXECUTE FUNCTION keeps()");
            assertThatThrownBy(() -> write(List.of(quota(topic, "b1", 1, 0, 0x20), quota(topic, "b2", 2, 0, 0x20))))
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                    .hasMessage(
                            "public.backend_quotas does not keep the counters that were written to 1 of 2 rows: a trigger"
                                    + " or rule of the table changes or drops them; let it pass what role waltally_sink writes");
        }
        database.execute("DROP TRIGGER keeps ON backend_quotas");
        write(List.of(quota(topic, "b1", 1, 0, 0x20), quota(topic, "b2", 2, 0, 0x20)));
        assertThat(database.query(APPLICATION)).containsExactly("b1 | 1 | 0 | 500", "b2 | 2 | 0 | 500");
    }

    @Test
    void aCounterThatSomebodyChangedHealsAndAllThatIsEqualIsNotWritten() throws SQLException {
        // Given
        database.execute("INSERT INTO backend_quotas (backend_name, bytes_limit)"
                + " SELECT 'b' || i, 500 FROM generate_series(1, 5) i");
        start(TallyMode.AUTHORITATIVE);
        for (int i = 1; i <= 5; i++) {
            write(List.of(quota(topic, "b" + i, i, 0, 0x20)));
        }
        database.execute("UPDATE backend_quotas SET bytes_used = 77 WHERE backend_name = 'b3'");
        // When
        sweep();
        // Then
        assertThat(database.query("SELECT backend_name || '=' || bytes_used FROM backend_quotas ORDER BY 1"))
                .containsExactly("b1=1", "b2=2", "b3=3", "b4=4", "b5=5");
        // And then nothing is written, not even a lock
        String versions = "SELECT ctid, xmin, xmax, 'application' FROM backend_quotas"
                + " UNION ALL SELECT ctid, xmin, xmax, 'shadow' FROM waltally.backend_quotas"
                + " UNION ALL SELECT ctid, xmin, xmax, 'position' FROM waltally.sink_positions ORDER BY 4, 1";
        List<String> before = database.query(versions);
        sweep();
        assertThat(database.query(versions)).isEqualTo(before);
    }

    @Test
    void aSweepDoesNotWaitForTheApplication() throws SQLException {
        database.execute("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 500), ('b2', 500)");
        start(TallyMode.AUTHORITATIVE);
        write(List.of(quota(topic, "b1", 1, 0, 0x20), quota(topic, "b2", 2, 0, 0x20)));
        database.execute("UPDATE backend_quotas SET bytes_used = 0");
        try (Connection application = database.connect();
                Statement statement = application.createStatement()) {
            application.setAutoCommit(false);
            statement.execute("SELECT FROM backend_quotas WHERE backend_name = 'b1' FOR UPDATE");
            sweep();
            assertThat(database.query(APPLICATION)).containsExactly("b1 | 0 | 0 | 500", "b2 | 2 | 0 | 500");
            application.rollback();
        }
        sweep();
        assertThat(database.query(APPLICATION)).containsExactly("b1 | 1 | 0 | 500", "b2 | 2 | 0 | 500");
    }

    @Test
    void driftIsShownWithItsBeginningUntilTheValuesAgreeAgain() throws SQLException {
        // Given
        database.execute("INSERT INTO backend_quotas (backend_name, bytes_limit, bytes_used)"
                + " VALUES ('b1', 500, 10), ('b2', 500, 0)");
        start(TallyMode.SHADOW);
        write(List.of(quota(topic, "b1", 10, 0, 0x20), quota(topic, "b2", 0, 0, 0x20)));
        assertThat(database.query(DRIFT)).containsExactly("b1 | 10 | 10 | 0 | 0 | f | f", "b2 | 0 | 0 | 0 | 0 | f | f");
        // When the application's counter drifts without any change of a tally
        database.execute("UPDATE backend_quotas SET bytes_used = 14 WHERE backend_name = 'b1'");
        sweep();
        // Then
        assertThat(database.query(DRIFT)).containsExactly("b1 | 14 | 10 | 4 | 0 | t | t", "b2 | 0 | 0 | 0 | 0 | f | f");
        String beginning = "SELECT since FROM waltally.backend_quota_drift WHERE backend_name = 'b1'";
        List<String> since = database.query(beginning);
        // And the beginning stays while the difference changes
        write(List.of(quota(topic, "b1", 11, 2, 0x30)));
        sweep();
        assertThat(database.query(beginning)).isEqualTo(since);
        assertThat(database.query(DRIFT).get(0)).isEqualTo("b1 | 14 | 11 | 3 | -2 | t | t");
        // And ends with it
        write(List.of(quota(topic, "b1", 14, 0, 0x40)));
        assertThat(database.query(DRIFT).get(0)).isEqualTo("b1 | 14 | 14 | 0 | 0 | f | f");
        assertThat(database.query("SELECT 1 FROM waltally.backend_quota_drift_since"))
                .isEmpty();
    }

    @Test
    void theDriftOfABackendEndsWithIt() throws SQLException {
        database.execute("INSERT INTO backend_quotas (backend_name, bytes_limit, bytes_used) VALUES ('b1', 500, 9)");
        start(TallyMode.SHADOW);
        write(List.of(quota(topic, "b1", 10, 0, 0x20)));
        assertThat(database.query("SELECT backend_name FROM waltally.backend_quota_drift_since"))
                .containsExactly("b1");
        write(List.of(tombstone(topic, "b1")));
        assertThat(database.query("SELECT 1 FROM waltally.backend_quota_drift_since"))
                .isEmpty();
    }

    @Test
    void columnsThatTheApplicationHasNotAreNullAndNoDrift() throws SQLException {
        database.execute(
                "INSERT INTO backend_quotas (backend_name, bytes_limit, bytes_used) VALUES ('b1', 500, 10)",
                "ALTER TABLE backend_quotas DROP COLUMN orphan_bytes, ADD COLUMN later text DEFAULT 'x'");
        start(TallyMode.SHADOW);
        write(List.of(quota(topic, "b1", 10, 3, 0x20)));
        assertThat(database.query(DRIFT)).containsExactly("b1 | 10 | 10 | 0 | null | f | f");
        // And the application may replace its table
        database.execute(
                "DROP TABLE backend_quotas CASCADE",
                "CREATE TABLE backend_quotas (backend_name text PRIMARY KEY, orphan_bytes bigint)",
                "INSERT INTO backend_quotas VALUES ('b1', 4)");
        assertThat(database.query(DRIFT)).containsExactly("b1 | null | 10 | null | 1 | t | f");
    }

    @Test
    void aResetForgetsWhatWasWrittenButNotTheApplicationsCounters() throws SQLException {
        database.execute("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 500)");
        start(TallyMode.AUTHORITATIVE);
        write(List.of(quota(topic, "b1", 10, 0, 0x20)));
        assertThat(topic.claim(target, "again")).isEmpty();
        assertThat(database.query(SHADOW)).isEmpty();
        sweep();
        assertThat(database.query(APPLICATION)).containsExactly("b1 | 10 | 0 | 500");
        // When another topic begins at earlier positions
        write(List.of(quota(topic, "b1", 4, 0, 0x1)));
        // Then they hold
        assertThat(database.query(APPLICATION)).containsExactly("b1 | 4 | 0 | 500");
    }

    @Test
    void aRenamedSinkDoesNotKeepTheRowsOfTheFormerOne() throws SQLException {
        start(TallyMode.SHADOW);
        write(List.of(quota(topic, "b1", 10, 0, 0x20)));
        try (BackendQuotaTarget renamed = new BackendQuotaTarget(
                "renamed",
                database.sessions("renamed"),
                TallyMode.SHADOW,
                TallyTopic.TOPICS,
                new ReconcileSchedule(Duration.ZERO, 2))) {
            assertThatThrownBy(() -> topic.claim(renamed))
                    .hasMessageContaining("has rows that sink renamed has not written")
                    .hasMessageEndingWith("waltally sinks resume renamed --reset");
            // Nor does a sink that had another type under that name.
            database.execute(
                    "INSERT INTO waltally.sinks VALUES ('renamed', 'cluster', '')",
                    "INSERT INTO waltally.sink_positions (sink, topic, partition, topic_id, epoch, next_offset)"
                            + " VALUES ('renamed', 'outbox.notifications', 0, 'id', 1, 5)");
            assertThatThrownBy(() -> topic.claim(renamed))
                    .hasMessageContaining("has rows that sink renamed has not written");
            assertThat(topic.claim(renamed, "again")).isEmpty();
        }
        assertThat(database.query(SHADOW)).isEmpty();
    }

    @Test
    void aRecordThatCannotBeReadIsRefusedByItsPlace() {
        start(TallyMode.SHADOW);
        ConsumerRecord<byte[], byte[]> damaged = new ConsumerRecord<>(
                topic.partition().topic(), 0, 77, quota(topic, "b1", 1, 0, 1).key(), new byte[] {9});
        assertThatThrownBy(() -> topic.write(target, List.of(damaged)))
                .isInstanceOfSatisfying(
                        TargetException.class, e -> assertThat(e.kind()).isEqualTo(TargetException.Kind.REFUSED))
                .hasMessageContaining("agg.backend-quotas-0 offset 77 cannot be read");
    }
}
