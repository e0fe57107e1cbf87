package io.waltally.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(PostgresServer.Extension.class)
class MigrationPlanIT {
    private final Migrator migrator = new Migrator();

    @ParameterizedTest
    @EnumSource(Application.class)
    void whoExecutesThePlanOfAnEmptyDatabaseHasMigratedIt(Application application, PostgresServer server)
            throws SQLException {
        TestDatabase database = server.createDatabase();
        assertWhoExecutesThePlanHasMigrated(application, database, server.uniqueName("role"));
    }

    @ParameterizedTest
    @EnumSource(Application.class)
    void whoExecutesThePlanBesideAnApplicationHasMigrated(Application application, PostgresServer server)
            throws SQLException {
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(application);
        assertWhoExecutesThePlanHasMigrated(application, database, server.uniqueName("role"));
    }

    private void assertWhoExecutesThePlanHasMigrated(Application application, TestDatabase database, String role)
            throws SQLException {
        // Given
        MigrationTarget target = database.target(application).withPipeline(Credentials.of(role));
        List<String> before = state(database);
        // When
        MigrationPlan plan = migrator.plan(target);
        // Then
        assertThat(plan.failure()).isEmpty();
        assertThat(state(database)).as("nothing was changed").isEqualTo(before);
        database.execute(plan.statements().toArray(String[]::new));
        MigrationReport report = migrator.migrate(target);
        assertThat(report.changed()).as("%s", report.lines()).isFalse();
        assertThat(migrator.plan(target).statements()).isEmpty();
    }

    @Test
    void aPasswordIsMaskedAndNotSet(PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("role");
        MigrationTarget target = database.target(Application.S3).withPipeline(Credentials.of(role, "hunter2"));
        MigrationPlan plan = migrator.plan(target);
        assertThat(plan.statements())
                .contains("ALTER ROLE \"" + role + "\" PASSWORD '***'")
                .noneMatch(statement -> statement.contains("hunter2") || statement.contains("SCRAM-SHA-256"));
    }

    @Test
    void planEndsAtTheFirstStatementWithoutPrivilegeAndNamesTheReason(PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        String owner = server.uniqueName("owner");
        database.execute("CREATE ROLE " + owner + " LOGIN", "ALTER DATABASE " + database.name() + " OWNER TO " + owner);
        database.execute("ALTER SCHEMA public OWNER TO " + owner);
        String role = server.uniqueName("role");
        MigrationPlan plan = migrator.plan(new MigrationTarget(
                Application.SYNC,
                database.url(),
                Credentials.of(owner),
                "waltally_sync",
                Application.SYNC.capturedTables(),
                Credentials.of(role)));
        assertThat(plan.failure()).get().asString().contains("Let a superuser run this");
        assertThat(plan.statements()).last().asString().isEqualTo("CREATE ROLE \"" + role + "\" LOGIN REPLICATION");
    }

    private static List<String> state(TestDatabase database) throws SQLException {
        return database.query("""
                SELECT 'relation', relnamespace::regnamespace::text, relname, xmin::text FROM pg_class
                WHERE relnamespace::regnamespace::text IN ('public', 'waltally')
                UNION ALL SELECT 'schema', nspname, '', xmin::text FROM pg_namespace
                WHERE nspname !~ '^pg_(toast_)?temp'
                UNION ALL SELECT 'publication', pubname, '', xmin::text FROM pg_publication
                UNION ALL SELECT 'role', rolname, '', '' FROM pg_roles
                ORDER BY 1, 2, 3
                """);
    }
}
