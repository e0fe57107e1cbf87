package io.waltally.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tries as the pipeline's role what it may do, and what it may not. */
@ExtendWith(PostgresServer.Extension.class)
class LeastPrivilegeIT {
    private static final String ROLE = MigrationTarget.DEFAULT_ROLE;

    private static TestDatabase s3;
    private static TestDatabase sync;

    @BeforeAll
    static void migrate(PostgresServer server) throws SQLException {
        s3 = server.createDatabase();
        sync = server.createDatabase();
        new Migrator().migrate(s3.target(Application.S3));
        new Migrator().migrate(sync.target(Application.SYNC));
    }

    @Test
    void itReadsTheCapturedTablesAndNoOther() throws SQLException {
        for (String table : Application.S3.capturedTables()) {
            assertThat(s3.queryAs(ROLE, "SELECT count(*) FROM " + table)).containsExactly("0");
        }
        for (String table : Application.SYNC.capturedTables()) {
            assertThat(sync.queryAs(ROLE, "SELECT count(*) FROM " + table)).hasSize(1);
        }
        assertDenied(s3, "SELECT * FROM notification_outbox");
        assertDenied(sync, "SELECT * FROM batches");
        assertDenied(sync, "SELECT * FROM batch_bsos");
    }

    @Test
    void itWritesNothingOfTheApplications() {
        assertDenied(sync, "INSERT INTO collections (name) VALUES ('mine')");
        assertDenied(sync, "UPDATE collections SET name = 'mine'");
        assertDenied(sync, "DELETE FROM collections");
        assertDenied(sync, "TRUNCATE collections");
        assertDenied(sync, "SELECT nextval('collections_collection_id_seq')");
        assertDenied(s3, "SELECT nextval('cleanup_queue_id_seq')");
        assertDenied(sync, "CREATE TABLE public.mine (v int)");
        assertDenied(sync, "DO $$ BEGIN LOCK TABLE bsos IN ACCESS EXCLUSIVE MODE; END $$");
        assertThatThrownBy(() -> sync.executeAs(ROLE, "ALTER PUBLICATION waltally_sync DROP TABLE bsos"))
                .hasMessageContaining("must be owner");
        assertThatThrownBy(() -> sync.executeAs(ROLE, "ALTER TABLE bsos REPLICA IDENTITY FULL"))
                .hasMessageContaining("must be owner");
    }

    @Test
    void itOwnsNothingAndCreatesNothingInItsSchema() {
        assertDenied(s3, "CREATE TABLE waltally.mine (v int)");
        assertDenied(s3, "SELECT * FROM waltally.flyway_schema_history");
        assertDenied(s3, "DELETE FROM waltally.s3_schema_history");
    }

    @Test
    void itWritesWaltallysOwnTablesOnceTheyAreThere(PostgresServer server) throws SQLException {
        // Given a table such as a later migration makes for a sink
        TestDatabase database = server.createDatabase();
        MigrationTarget target = database.target(Application.SYNC);
        new Migrator().migrate(target);
        database.execute("CREATE TABLE waltally.sink_rows (id bigserial PRIMARY KEY, v int)");
        // When
        MigrationReport report = new Migrator().migrate(target);
        // Then
        assertThat(report.changes())
                .containsExactly(
                        "granted SELECT, INSERT, UPDATE, DELETE on TABLE waltally.sink_rows to role waltally",
                        "granted USAGE on SEQUENCE waltally.sink_rows_id_seq to role waltally");
        database.executeAs(
                ROLE,
                "INSERT INTO waltally.sink_rows (v) VALUES (1)",
                "UPDATE waltally.sink_rows SET v = 2",
                "DELETE FROM waltally.sink_rows");
        assertThat(new Migrator().migrate(target).changed()).isFalse();
    }

    @Test
    void itCreatesReadsAdvancesAndDropsASlot() throws SQLException {
        // Given
        s3.executeAs(ROLE, "SELECT pg_create_logical_replication_slot('least_privilege', 'pgoutput')");
        s3.execute("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 0)");
        // When
        assertThat(s3.queryAs(ROLE, """
                        SELECT count(*) > 0 FROM pg_logical_slot_peek_binary_changes('least_privilege', NULL, NULL,
                            'proto_version', '1', 'publication_names', 'waltally_s3')
                        """)).containsExactly("t");
        s3.executeAs(ROLE, "SELECT pg_replication_slot_advance('least_privilege', pg_current_wal_insert_lsn())");
        // Then
        assertThat(s3.queryAs(
                        ROLE,
                        "SELECT confirmed_flush_lsn IS NOT NULL FROM pg_replication_slots"
                                + " WHERE slot_name = 'least_privilege'"))
                .containsExactly("t");
        s3.executeAs(ROLE, "SELECT pg_drop_replication_slot('least_privilege')");
        s3.execute("DELETE FROM backend_quotas");
    }

    @Test
    void itHasWhatLeadershipAndTheWatermarkNeed() throws SQLException {
        assertThat(s3.queryAs(ROLE, "SELECT pg_logical_emit_message(true, 'waltally', 'x') IS NOT NULL"))
                .containsExactly("t");
        assertThat(s3.queryAs(ROLE, "SELECT pg_try_advisory_lock(4711)")).containsExactly("t");
        assertThat(s3.queryAs(ROLE, "SELECT system_identifier <> 0 FROM pg_control_system()"))
                .containsExactly("t");
        assertThat(s3.queryAs(ROLE, "SELECT timeline_id FROM pg_control_checkpoint()"))
                .containsExactly("1");
        assertThat(s3.queryAs(ROLE, "SELECT pubname FROM pg_publication")).containsExactly("waltally_s3");
    }

    private static void assertDenied(TestDatabase database, String sql) {
        assertThatThrownBy(() -> database.executeAs(ROLE, sql))
                .as(sql)
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("permission denied");
    }
}
