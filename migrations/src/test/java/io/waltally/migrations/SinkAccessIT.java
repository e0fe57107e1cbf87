package io.waltally.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tries as the role of sinks what it may do, and what it may not. */
@ExtendWith(PostgresServer.Extension.class)
class SinkAccessIT {
    private final Migrator migrator = new Migrator();

    private static MigrationTarget target(
            TestDatabase database, Application application, String role, SinkPrivilege... privileges) {
        return database.target(application).withSinks(new SinkAccess(Credentials.of(role), Set.of(privileges)));
    }

    @Test
    void aRoleOfItsOwnLogsInAndHasWhatIsConfigured(PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("sink");
        // When
        MigrationReport report = migrator.migrate(target(
                database, Application.S3, role, SinkPrivilege.UPDATE_QUOTAS, SinkPrivilege.INSERT_NOTIFICATIONS));
        // Then
        assertThat(report.changes())
                .contains(
                        "created role " + role + " with LOGIN",
                        "granted SELECT on backend_quotas to role " + role,
                        "granted UPDATE on backend_quotas.bytes_used to role " + role,
                        "granted INSERT on notification_outbox to role " + role,
                        "granted USAGE on notification_outbox_id_seq to role " + role);
        assertThat(database.query(
                        "SELECT rolcanlogin, rolreplication, rolsuper FROM pg_roles WHERE rolname = '" + role + "'"))
                .containsExactly("t | f | f");
        database.execute("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 5)");
        database.executeAs(
                role,
                "UPDATE backend_quotas SET bytes_used = 1, orphan_bytes = 2, updated_at = now()"
                        + " WHERE backend_name = 'b1'",
                "INSERT INTO notification_outbox (event_type, payload, endpoint_url) VALUES ('t', '{}', 'u')",
                "INSERT INTO waltally.backend_quotas VALUES ('b1', 1, 5, now(), 2, 1, '0/1')",
                "UPDATE waltally.sink_positions SET epoch = 1",
                "DELETE FROM waltally.sinks");
        assertThat(database.queryAs(role, "SELECT bytes_used_difference FROM waltally.backend_quota_drift"))
                .containsExactly("0");
        assertDenied(database, role, "UPDATE backend_quotas SET bytes_limit = 1");
        assertDenied(database, role, "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1)");
        assertDenied(database, role, "DELETE FROM backend_quotas");
        assertDenied(database, role, "SELECT * FROM notification_outbox");
        assertDenied(database, role, "SELECT * FROM object_locations");
        assertDenied(database, role, "SELECT * FROM waltally.s3_sinks_schema_history");
        assertThat(migrator.migrate(target(
                                database,
                                Application.S3,
                                role,
                                SinkPrivilege.UPDATE_QUOTAS,
                                SinkPrivilege.INSERT_NOTIFICATIONS))
                        .changed())
                .isFalse();
    }

    @Test
    void whatIsNoLongerConfiguredIsRevoked(PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("sink");
        migrator.migrate(target(
                database, Application.S3, role, SinkPrivilege.UPDATE_QUOTAS, SinkPrivilege.INSERT_NOTIFICATIONS));
        // When
        MigrationReport report = migrator.migrate(target(database, Application.S3, role, SinkPrivilege.READ_QUOTAS));
        // Then
        assertThat(report.changes())
                .containsExactly(
                        "revoked UPDATE on backend_quotas.bytes_used from role " + role,
                        "revoked UPDATE on backend_quotas.orphan_bytes from role " + role,
                        "revoked UPDATE on backend_quotas.updated_at from role " + role,
                        "revoked INSERT on notification_outbox from role " + role,
                        "revoked USAGE on notification_outbox_id_seq from role " + role);
        assertDenied(database, role, "UPDATE backend_quotas SET bytes_used = 1");
        assertThat(database.queryAs(role, "SELECT count(*) FROM backend_quotas"))
                .containsExactly("0");
    }

    @Test
    void thePipelinesRoleGetsItAndLosesItWhenTheSinksHaveARoleOfTheirOwn(PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        String pipeline = server.uniqueName("role");
        String role = server.uniqueName("sink");
        MigrationTarget shared = target(database, Application.SYNC, pipeline, SinkPrivilege.UPDATE_COLLECTIONS)
                .withPipeline(Credentials.of(pipeline));
        // When
        MigrationReport first = migrator.migrate(shared);
        // Then
        assertThat(first.notes()).isEmpty();
        assertThat(database.query("SELECT rolreplication FROM pg_roles WHERE rolname = '" + pipeline + "'"))
                .containsExactly("t");
        database.executeAs(pipeline, "UPDATE user_collections SET count = 1, total_bytes = 2");
        assertDenied(database, pipeline, "UPDATE user_collections SET modified = now()");
        assertThat(migrator.migrate(shared).changed()).isFalse();
        // When
        migrator.migrate(target(database, Application.SYNC, role, SinkPrivilege.UPDATE_COLLECTIONS)
                .withPipeline(Credentials.of(pipeline)));
        // Then it still reads what it captures
        assertDenied(database, pipeline, "UPDATE user_collections SET count = 1");
        database.executeAs(role, "UPDATE user_collections SET count = 1");
        assertThat(database.queryAs(pipeline, "SELECT count(*) FROM user_collections"))
                .containsExactly("0");
        // And without sinks nothing remains of the pipeline's
        migrator.migrate(shared);
        migrator.migrate(database.target(Application.SYNC).withPipeline(Credentials.of(pipeline)));
        assertDenied(database, pipeline, "UPDATE user_collections SET count = 1");
        assertThat(database.queryAs(pipeline, "SELECT count(*) FROM user_collections"))
                .containsExactly("0");
    }

    @Test
    void anOwnerOfTheTableKeepsItsRights(PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("owner");
        database.execute("CREATE ROLE " + role + " LOGIN");
        MigrationTarget target = target(database, Application.SYNC, role, SinkPrivilege.UPDATE_COLLECTIONS);
        migrator.migrate(target);
        database.execute("ALTER TABLE user_collections OWNER TO " + role);
        migrator.migrate(target(database, Application.SYNC, role));
        database.executeAs(role, "UPDATE user_collections SET count = 1, modified = now()");
    }

    @Test
    void whatAnOlderApplicationHasNotIsSaidAndGrantedLater(PostgresServer server) throws SQLException {
        // Given an application without orphan_bytes and notification_outbox
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("sink");
        database.applyAsApplication(Application.S3, 3);
        MigrationTarget target = database.target(Application.S3)
                .withSinks(new SinkAccess(Credentials.of(role), EnumSet.allOf(SinkPrivilege.class)));
        // When
        MigrationReport report = migrator.migrate(target);
        // Then
        assertThat(report.notes())
                .contains(
                        "the application's schema has no backend_quotas.orphan_bytes, on which a sink needs UPDATE;"
                                + " once the application has made it, run waltally migrate again",
                        "the application's schema has no notification_outbox, on which a sink needs INSERT;"
                                + " once the application has made it, run waltally migrate again");
        database.execute(
                "INSERT INTO backend_quotas (backend_name, bytes_limit, bytes_used) VALUES ('b1', 5, 7)",
                "INSERT INTO waltally.backend_quotas VALUES ('b1', 4, 5, now(), 2, 1, '0/1')");
        assertThat(database.queryAs(
                        role,
                        "SELECT application_bytes_used, bytes_used, bytes_used_difference,"
                                + " application_orphan_bytes, orphan_bytes, drifts FROM waltally.backend_quota_drift"))
                .containsExactly("7 | 4 | 3 | null | 2 | t");
        // When
        database.applyAsApplication(Application.S3, 3, Integer.MAX_VALUE);
        migrator.migrate(target);
        // Then
        database.executeAs(
                role,
                "UPDATE backend_quotas SET orphan_bytes = 1",
                "INSERT INTO notification_outbox (event_type, payload, endpoint_url) VALUES ('t', '{}', 'u')");
        assertThat(migrator.migrate(target).changed()).isFalse();
    }

    @Test
    void aPasswordIsSetAndNeverShown(PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        MigrationTarget target = database.target(Application.S3)
                .withSinks(new SinkAccess(
                        Credentials.of(server.uniqueName("sink"), "sword'fish"), Set.of(SinkPrivilege.READ_QUOTAS)));
        MigrationReport report = migrator.migrate(target);
        assertThat(target.toString() + report).doesNotContain("sword'fish");
        assertThat(database.query("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = '"
                        + target.sinks().orElseThrow().role().user() + "'"))
                .containsExactly("t");
    }

    private static void assertDenied(TestDatabase database, String role, String sql) {
        assertThatThrownBy(() -> database.executeAs(role, sql)).hasMessageContaining("permission denied");
    }
}
