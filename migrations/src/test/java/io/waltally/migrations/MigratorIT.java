package io.waltally.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.waltally.embedded.HostileSettings;
import io.waltally.migrations.MigrationReport.Found;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(PostgresServer.Extension.class)
class MigratorIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Migrator migrator = new Migrator();

    @ParameterizedTest
    @EnumSource(Application.class)
    void anEmptyDatabaseGetsEverything(Application application, PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("role");
        // When
        MigrationReport report = migrator.migrate(database.target(application).withPipeline(Credentials.of(role)));
        // Then
        assertThat(report.found()).isEqualTo(Found.NO_SCHEMA);
        assertThat(report.lines().get(0))
                .isEqualTo(application.sourceName() + ": the database had none of the application's tables; "
                        + report.changes().size() + " changes");
        assertThat(report.lines())
                .anyMatch(line -> line.startsWith("  migrated schema waltally "))
                .anyMatch(line -> line.startsWith("  created role " + role))
                .anyMatch(line -> line.startsWith("  created publication waltally_"))
                .allMatch(line -> line.length() < 200);
        assertThat(published(database, application.defaultPublication()))
                .containsExactlyInAnyOrderElementsOf(application.capturedTables());
        assertThat(database.query("SELECT pubinsert, pubupdate, pubdelete, pubtruncate, puballtables, pubviaroot"
                        + " FROM pg_publication"))
                .containsExactly("t | t | t | t | f | t");
        assertThat(database.query(
                        "SELECT rolcanlogin, rolreplication, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls"
                                + " FROM pg_roles WHERE rolname = '" + role + "'"))
                .containsExactly("t | t | f | f | f | f");
        assertThat(report.notes()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Application.class)
    void nothingThatSessionsInheritChangesTheResult(Application application, PostgresServer server)
            throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        TestDatabase other = server.createDatabase();
        List<String> known = other.query("SELECT lower(name) FROM pg_settings");
        for (Map.Entry<String, String> setting : HostileSettings.values().entrySet()) {
            if (known.contains(setting.getKey())) {
                String set = " SET " + setting.getKey() + " = '" + setting.getValue() + "'";
                other.execute(
                        "ALTER DATABASE " + database.name() + set,
                        "ALTER ROLE postgres IN DATABASE " + database.name() + set);
            }
        }
        // When
        MigrationTarget target = database.target(application).withPipeline(Credentials.of(server.uniqueName("role")));
        boolean planned = migrator.plan(target).statements().isEmpty();
        MigrationReport first = migrator.migrate(target);
        MigrationReport second = migrator.migrate(target);
        // Then
        assertThat(planned).isFalse();
        assertThat(first.found()).isEqualTo(Found.NO_SCHEMA);
        assertThat(second.changed()).isFalse();
        other.execute(
                "ALTER DATABASE " + database.name() + " RESET ALL",
                "ALTER ROLE postgres IN DATABASE " + database.name() + " RESET ALL");
        migrator.migrate(other.target(application));
        String columns = "SELECT table_schema, table_name, column_name, data_type, column_default"
                + " FROM information_schema.columns WHERE table_schema IN ('public', 'waltally') ORDER BY 1, 2, 3";
        assertThat(database.query(columns)).isNotEmpty().isEqualTo(other.query(columns));
        assertThat(published(database, application.defaultPublication()))
                .containsExactlyInAnyOrderElementsOf(application.capturedTables());
    }

    @ParameterizedTest
    @EnumSource(Application.class)
    void theSecondRunWritesNothing(Application application, PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        migrator.migrate(database.target(application));
        List<String> before = everything(database);
        // When
        MigrationReport report = migrator.migrate(database.target(application));
        // Then
        assertThat(report.changed()).isFalse();
        assertThat(report.found()).isEqualTo(Found.WALTALLY_SCHEMA);
        assertThat(report.headline()).isEqualTo(application.sourceName() + ": nothing to do");
        assertThat(everything(database)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(Application.class)
    void ofADatabaseThatTheApplicationMigratedNothingIsChanged(Application application, PostgresServer server)
            throws SQLException {
        // Given the application's schema with a table and a column that waltally does not know
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(application);
        database.execute(
                "CREATE TABLE later_addition (id bigserial PRIMARY KEY)",
                "ALTER TABLE " + application.capturedTables().get(0) + " ADD COLUMN later text DEFAULT 'x'");
        List<String> before = database.catalogues("public", "relacl");
        // When
        MigrationReport first = migrator.migrate(database.target(application));
        MigrationReport second = migrator.migrate(database.target(application));
        // Then
        assertThat(first.found()).isEqualTo(Found.APPLICATION_SCHEMA);
        assertThat(text(first))
                .contains("the application migrated this database, nothing of its own was changed")
                .contains("migrated schema waltally", "created publication " + application.defaultPublication())
                .doesNotContain("migrated the application's schema");
        assertThat(second.headline())
                .endsWith("the application migrated this database, nothing of its own was changed; nothing to do");
        assertThat(database.catalogues("public", "relacl")).isEqualTo(before);
        assertThat(published(database, application.defaultPublication()))
                .containsExactlyInAnyOrderElementsOf(application.capturedTables());
        assertThat(database.query("SELECT relname FROM pg_class WHERE relnamespace = 'waltally'::regnamespace"
                        + " AND relkind IN ('r', 'v') ORDER BY relname COLLATE \"C\""))
                .containsExactlyElementsOf(
                        switch (application) {
                            case S3 ->
                                List.of(
                                        "backend_quota_drift",
                                        "backend_quota_drift_since",
                                        "backend_quotas",
                                        "flyway_schema_history",
                                        "s3_sinks_schema_history",
                                        "sink_positions",
                                        "sinks");
                            case SYNC ->
                                List.of(
                                        "flyway_schema_history",
                                        "sink_positions",
                                        "sinks",
                                        "sync_sinks_schema_history",
                                        "user_collection_drift",
                                        "user_collection_drift_since",
                                        "user_collections");
                        });
    }

    @ParameterizedTest
    @EnumSource(Application.class)
    void applicationMigrationsFindTheirVersionsAlreadyApplied(Application application, PostgresServer server)
            throws SQLException {
        // Given
        TestDatabase theirs = server.createDatabase();
        theirs.applyAsApplication(application);
        TestDatabase ours = server.createDatabase();
        // When
        migrator.migrate(ours.target(application));
        // Then the tool's table is the one that the tool makes
        String table = application.applicationHistory().table();
        assertThat(columns(ours, table)).isEqualTo(columns(theirs, table));
        assertThat(versions(ours, application)).isEqualTo(versions(theirs, application));
        // And the application goes on from there, by itself from then on
        ours.execute(
                switch (application) {
                    case S3 -> "INSERT INTO goose_db_version (version_id, is_applied) VALUES (12, true)";
                    case SYNC -> "INSERT INTO __diesel_schema_migrations (version) VALUES ('20270101000000')";
                });
        assertThat(migrator.migrate(ours.target(application)).headline())
                .endsWith("the application migrated this database, nothing of its own was changed; nothing to do");
        assertThat(versions(ours, application))
                .hasSize(versions(theirs, application).size() + 1);
    }

    @ParameterizedTest
    @EnumSource(Application.class)
    void missingHistoryEntriesAreAddedByTheNextRun(Application application, PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        migrator.migrate(database.target(application));
        List<String> versions = versions(database, application);
        String table = application.applicationHistory().table();
        for (String loss : List.of(
                "DROP TABLE " + table,
                "DELETE FROM " + table + " WHERE version" + (application == Application.S3 ? "_id = 11" : " <> ''"))) {
            database.execute(loss);
            assertThat(text(migrator.migrate(database.target(application)))).contains("noted in " + table);
            assertThat(versions(database, application)).isEqualTo(versions);
        }
    }

    private static List<String> columns(TestDatabase database, String table) throws SQLException {
        return database.query("""
                SELECT a.attnum, a.attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
                       pg_get_expr(adbin, adrelid), conname, contype
                FROM pg_attribute a
                LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                LEFT JOIN pg_constraint c ON c.conrelid = a.attrelid AND a.attnum = ANY (c.conkey)
                WHERE a.attrelid = 'public.%s'::regclass AND a.attnum > 0
                ORDER BY 1, 8""".formatted(table));
    }

    private static List<String> versions(TestDatabase database, Application application) throws SQLException {
        return database.query(
                switch (application) {
                    case S3 -> "SELECT version_id, is_applied FROM goose_db_version ORDER BY version_id";
                    case SYNC -> "SELECT version FROM __diesel_schema_migrations ORDER BY version";
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
    void tablesOfAnOlderApplicationAreTakenAsTheyAreAndLaterOnesOnceTheyExist(int level, PostgresServer server)
            throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(Application.S3, level);
        List<String> missing = Stream.of("cleanup_dlq", "pending_objects")
                .filter(table -> level < (table.equals("cleanup_dlq") ? 9 : 8))
                .toList();
        // When
        MigrationReport report = migrator.migrate(database.target(Application.S3));
        // Then
        assertThat(published(database, "waltally_s3"))
                .containsExactlyInAnyOrderElementsOf(Publication.without(Application.S3.capturedTables(), missing));
        assertThat(report.notes()).hasSize(missing.isEmpty() ? 0 : 1);
        missing.forEach(table -> assertThat(report.notes().get(0)).contains(table));
        assertThat(migrator.migrate(database.target(Application.S3)).headline()).endsWith("nothing to do");
        // And when the application has migrated
        database.applyAsApplication(Application.S3, level, Integer.MAX_VALUE);
        MigrationReport later = migrator.migrate(database.target(Application.S3));
        assertThat(later.notes()).isEmpty();
        assertThat(published(database, "waltally_s3"))
                .containsExactlyInAnyOrderElementsOf(Application.S3.capturedTables());
    }

    @Test
    void aTableThatTheApplicationHasDroppedIsLeftOutAndTakenInAgain(PostgresServer server) throws SQLException {
        // Given a database that was made by waltally
        TestDatabase database = server.createDatabase();
        migrator.migrate(database.target(Application.S3));
        // When
        database.execute("CREATE TABLE kept (LIKE cleanup_dlq INCLUDING INDEXES); DROP TABLE cleanup_dlq");
        // Then
        assertThat(migrator.migrate(database.target(Application.S3)).notes())
                .singleElement()
                .asString()
                .contains("does not have cleanup_dlq");
        // And when it is there again
        database.execute("ALTER TABLE kept RENAME TO cleanup_dlq");
        assertThat(migrator.migrate(database.target(Application.S3)).notes()).isEmpty();
        assertThat(published(database, "waltally_s3"))
                .containsExactlyInAnyOrderElementsOf(Application.S3.capturedTables());
    }

    @Test
    void aTableThatIsMissingForAnotherReasonIsNamedAndNothingIsCreated(PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(Application.S3, 8);
        List<String> tables = List.of("object_locations", "object_location");
        // When, then
        assertThatThrownBy(
                        () -> migrator.migrate(database.target(Application.S3).withTables(tables)))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("sources.s3.tables names object_location,")
                .hasMessageContaining("does not exist");
        assertThat(database.query("SELECT 1 FROM pg_namespace WHERE nspname = 'waltally'"))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Application.class)
    void tablesInAnotherSchemaAreReportedAndNoSecondSetIsMade(Application application, PostgresServer server)
            throws SQLException {
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(application);
        database.execute("ALTER SCHEMA public RENAME TO \"The App\"", "CREATE SCHEMA public");
        assertThatThrownBy(() -> migrator.migrate(database.target(application)))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining(
                        "the application's tables are in schema \"The App\", and waltally captures those of"
                                + " schema public. Move them (ALTER TABLE ... SET SCHEMA public)");
        assertThat(database.query("SELECT 1 FROM pg_namespace WHERE nspname = 'waltally'"))
                .isEmpty();
    }

    @Test
    void tablesOfAnotherRoleArePublishedOnceTheAdministratorMay(PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(Application.SYNC);
        String owner = server.uniqueName("owner");
        String admin = server.uniqueName("admin");
        database.execute(
                "CREATE ROLE " + owner,
                "CREATE ROLE " + admin + " LOGIN CREATEROLE REPLICATION",
                "GRANT CREATE ON DATABASE " + database.name() + " TO " + admin,
                "ALTER TABLE bsos OWNER TO " + owner,
                "ALTER TABLE collections OWNER TO " + owner,
                "ALTER TABLE user_collections OWNER TO " + owner);
        String role = server.uniqueName("role");
        if (server.majorVersion() < 16) {
            // Before, only a superuser could make a role that replicates.
            database.execute("CREATE ROLE " + role + " LOGIN REPLICATION");
        }
        MigrationTarget target = MigrationTarget.of(Application.SYNC, database.url(), Credentials.of(admin))
                .withPipeline(Credentials.of(role));
        // When, then
        assertThatThrownBy(() -> migrator.migrate(target))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("must be owner of table")
                .hasMessageEndingWith("GRANT " + owner + " TO \"" + admin + "\";");
        database.execute("GRANT " + owner + " TO " + admin);
        assertThat(text(migrator.migrate(target))).contains("created publication waltally_sync");
    }

    @Test
    void aTableThatPublishingWouldBreakIsRefused(PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(Application.SYNC);
        database.execute("CREATE TABLE keyless (v int)", "ALTER TABLE batches REPLICA IDENTITY NOTHING");
        MigrationTarget target = database.target(Application.SYNC);
        assertThatThrownBy(() -> migrator.migrate(target.withTables(List.of("bsos", "keyless"))))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("public.keyless has no primary key");
        assertThatThrownBy(() -> migrator.migrate(target.withTables(List.of("bsos", "batches"))))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("public.batches has no replica identity");
    }

    @Test
    void publicationAndGrantsFollowTheConfiguredTables(PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("role");
        MigrationTarget target = database.target(Application.SYNC).withPipeline(Credentials.of(role));
        migrator.migrate(target);
        // When the list changes
        MigrationReport report = migrator.migrate(target.withTables(List.of("bsos", "collections", "batches")));
        // Then
        assertThat(report.changes())
                .containsExactlyInAnyOrder(
                        "added batches to and removed user_collections from publication waltally_sync",
                        "granted SELECT on batches to role " + role,
                        "revoked SELECT on user_collections from role " + role);
        assertThat(published(database, "waltally_sync")).containsExactlyInAnyOrder("bsos", "collections", "batches");
        assertThat(database.queryAs(role, "SELECT count(*) FROM batches")).containsExactly("0");
        assertThatThrownBy(() -> database.queryAs(role, "SELECT count(*) FROM user_collections"))
                .hasMessageContaining("permission denied");
    }

    @Test
    void aPublicationThatHidesRowsOrOperationsIsMadeWhole(PostgresServer server) throws SQLException {
        assumeTrue(server.majorVersion() >= 15, "row filters");
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(Application.SYNC);
        database.execute("CREATE PUBLICATION waltally_sync FOR TABLE bsos WHERE (user_id > 5), user_collections,"
                + " collections (collection_id) WITH (publish = 'insert')");
        // When
        MigrationReport report = migrator.migrate(database.target(Application.SYNC));
        // Then
        assertThat(text(report)).contains("took row filters", "publish insert, update, delete and truncate");
        assertThat(database.query("SELECT count(*) FROM pg_publication_rel WHERE prqual IS NULL AND prattrs IS NULL"))
                .containsExactly("3");
        assertThat(migrator.migrate(database.target(Application.SYNC)).changed())
                .isFalse();
    }

    @Test
    void aPublicationOfWholeSchemasIsNarrowedAndOneOfAllTablesRefused(PostgresServer server) throws SQLException {
        assumeTrue(server.majorVersion() >= 15, "publications of schemas");
        TestDatabase database = server.createDatabase();
        database.applyAsApplication(Application.SYNC);
        database.execute(
                "CREATE PUBLICATION waltally_sync FOR TABLES IN SCHEMA public",
                "CREATE PUBLICATION every FOR ALL TABLES");
        migrator.migrate(database.target(Application.SYNC));
        assertThat(database.query("SELECT tablename FROM pg_publication_tables WHERE pubname = 'waltally_sync'"))
                .containsExactlyInAnyOrderElementsOf(Application.SYNC.capturedTables());
        assertThatThrownBy(
                        () -> migrator.migrate(database.target(Application.SYNC).withPublication("every")))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("FOR ALL TABLES")
                .hasMessageContaining("sources.sync.publication");
    }

    @Test
    void bothStoresMayShareADatabase(PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        migrator.migrate(database.target(Application.S3));
        assertThat(migrator.migrate(database.target(Application.SYNC)).found()).isEqualTo(Found.NO_SCHEMA);
        for (Application application : Application.values()) {
            MigrationReport again = migrator.migrate(database.target(application));
            assertThat(again.changes()).isEmpty();
            assertThat(again.notes()).isEmpty();
        }
    }

    @Test
    void concurrentRunsOnTwoDatabasesOfOneServerAllSucceed(PostgresServer server) throws Exception {
        // Given two databases and a role that neither has yet
        TestDatabase s3 = server.createDatabase();
        TestDatabase sync = server.createDatabase();
        Credentials role = Credentials.of(server.uniqueName("role"), "swordfish");
        List<Callable<MigrationReport>> runs = List.of(
                () -> migrator.migrate(s3.target(Application.S3).withPipeline(role)),
                () -> migrator.migrate(sync.target(Application.SYNC).withPipeline(role)),
                () -> migrator.migrate(s3.target(Application.S3).withPipeline(role)),
                () -> migrator.migrate(sync.target(Application.SYNC).withPipeline(role)));
        // When
        ExecutorService threads = Executors.newFixedThreadPool(runs.size());
        List<MigrationReport> reports = new ArrayList<>();
        try {
            for (Future<MigrationReport> run : threads.invokeAll(runs)) {
                reports.add(run.get());
            }
        } finally {
            threads.shutdownNow();
        }
        // Then each thing was created by exactly one of them
        assertThat(reports.stream().flatMap(report -> report.changes().stream()))
                .filteredOn(change -> change.startsWith("created role"))
                .hasSize(1);
        assertThat(reports.stream().filter(report -> report.found() == Found.NO_SCHEMA))
                .hasSize(2);
        assertThat(published(s3, "waltally_s3")).hasSize(8);
        assertThat(published(sync, "waltally_sync")).hasSize(3);
    }

    @Test
    void aRoleThatAnotherRunCreatesMeanwhileIsTaken(PostgresServer server) throws Exception {
        // Given another run, on another database, that has created the role but not committed
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("role");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Connection other = server.createDatabase().connect("postgres");
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("CREATE ROLE " + role + " LOGIN REPLICATION");
            // When
            Future<MigrationReport> run = thread.submit(
                    () -> migrator.migrate(database.target(Application.SYNC).withPipeline(Credentials.of(role))));
            awaitLockWaiter(database);
            other.commit();
            // Then
            assertThat(text(run.get()))
                    .contains("created publication waltally_sync")
                    .doesNotContain("created role");
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void openTransactionsElsewhereDoNotHoldUpTheConcurrentIndexes(PostgresServer server) throws SQLException {
        // Given a snapshot held in another database, and a writer of another table in this one
        TestDatabase database = server.createDatabase();
        TestDatabase other = server.createDatabase();
        database.execute("CREATE TABLE unrelated (v int)");
        try (Connection reader = other.connect("postgres");
                Connection writer = database.connect("postgres");
                Statement read = reader.createStatement();
                Statement write = writer.createStatement()) {
            reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            reader.setAutoCommit(false);
            read.executeQuery("SELECT count(*) FROM pg_class").close();
            writer.setAutoCommit(false);
            write.executeUpdate("INSERT INTO unrelated VALUES (1)");
            // When, then
            MigrationReport report = Assertions.assertTimeoutPreemptively(
                    TIMEOUT, () -> migrator.migrate(database.target(Application.S3)));
            assertThat(report.changed()).isTrue();
            writer.rollback();
            reader.rollback();
        }
    }

    @Test
    void aMigrationThatFailedOutsideATransactionIsTakenUpAgain(PostgresServer server) throws SQLException {
        // Given what an interrupted concurrent build leaves: an invalid index and a failed row in the history
        TestDatabase database = server.createDatabase();
        migrator.migrate(database.target(Application.S3));
        database.execute(
                "UPDATE waltally.s3_schema_history SET success = false WHERE version = '11'",
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_cleanup_queue_claim'::regclass");
        // When
        MigrationReport report = migrator.migrate(database.target(Application.S3));
        // Then
        assertThat(report.changes()).containsExactly("migrated the application's schema to version 11 (one migration)");
        assertThat(database.query(
                        "SELECT indisvalid FROM pg_index" + " WHERE indexrelid = 'idx_cleanup_queue_claim'::regclass"))
                .containsExactly("t");
    }

    @ParameterizedTest
    @EnumSource(Application.class)
    void aFirstRunThatMayNotMakeTheApplicationsTablesIsTakenUpAgain(Application application, PostgresServer server)
            throws SQLException {
        // Given tables of sinks, which have the names of the application's, and none of the application's
        String owner = server.uniqueName("owner");
        TestDatabase database = databaseOwnedBy(owner, server);
        database.execute("ALTER ROLE " + owner + " REPLICATION", "ALTER SCHEMA public OWNER TO postgres");
        database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        String role = server.uniqueName("role");
        database.execute("CREATE ROLE " + role + " LOGIN REPLICATION");
        MigrationTarget target = MigrationTarget.of(application, database.url(), Credentials.of(owner))
                .withPipeline(Credentials.of(role));
        assertThatThrownBy(() -> migrator.migrate(target)).hasMessageContaining("permission denied for schema public");
        assertThat(database.query("SELECT count(*) > 0 FROM pg_tables WHERE schemaname = 'waltally'"))
                .containsExactly("t");
        // When
        database.execute("GRANT CREATE ON SCHEMA public TO " + owner);
        // Then
        assertThat(text(migrator.migrate(target))).contains("created publication " + application.defaultPublication());
    }

    @Test
    void anEmptyHistoryDoesNotMakeTheApplicationsTablesOurs(PostgresServer server) throws SQLException {
        // Given a first run that failed before its first table, after which the application migrated the database
        TestDatabase database = server.createDatabase();
        migrator.migrate(database.target(Application.SYNC));
        database.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "TRUNCATE waltally.sync_schema_history");
        database.applyAsApplication(Application.SYNC);
        // When, then
        assertThat(migrator.migrate(database.target(Application.SYNC)).found()).isEqualTo(Found.APPLICATION_SCHEMA);
    }

    @Test
    void anAdministratorWhoMayNotGrantReplicationReadsWhatToRun(PostgresServer server) throws SQLException {
        // Given
        String owner = server.uniqueName("owner");
        String role = server.uniqueName("role");
        TestDatabase database = databaseOwnedBy(owner, server);
        MigrationTarget target = MigrationTarget.of(Application.S3, database.url(), Credentials.of(owner))
                .withPipeline(Credentials.of(role));
        // When, then
        assertThatThrownBy(() -> migrator.migrate(target))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining(owner)
                .hasMessageContaining("CREATE ROLE \"" + role + "\" LOGIN REPLICATION;");
        // And with a role that cannot replicate
        database.execute("CREATE ROLE " + role + " LOGIN");
        assertThatThrownBy(() -> migrator.migrate(target))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("ALTER ROLE \"" + role + "\" LOGIN REPLICATION;");
        // And once it was run, an owner is enough
        database.execute("ALTER ROLE \"" + role + "\" LOGIN REPLICATION");
        assertThat(text(migrator.migrate(target))).contains("created publication waltally_s3");
        assertThat(migrator.migrate(target).changed()).isFalse();
    }

    @Test
    void membershipThatStandsForReplicationIsEnough(PostgresServer server) throws SQLException {
        String owner = server.uniqueName("owner");
        String role = server.uniqueName("role");
        TestDatabase database = databaseOwnedBy(owner, server);
        database.execute("CREATE ROLE rds_replication", "CREATE ROLE " + role + " LOGIN IN ROLE rds_replication");
        MigrationReport report =
                migrator.migrate(MigrationTarget.of(Application.SYNC, database.url(), Credentials.of(owner))
                        .withPipeline(Credentials.of(role)));
        assertThat(text(report)).doesNotContain("role " + role + " LOGIN");
    }

    @Test
    void aPasswordIsSetAndNeverShown(PostgresServer server) throws SQLException {
        // Given
        TestDatabase database = server.createDatabase();
        Credentials role = Credentials.of(server.uniqueName("role"), "sword'fish");
        // When
        MigrationReport report =
                migrator.migrate(database.target(Application.SYNC).withPipeline(role));
        // Then
        assertThat(report.toString()).doesNotContain("sword'fish");
        assertThat(database.query("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = '"
                        + role.user() + "'"))
                .containsExactly("t");
        assertThat(migrator.migrate(database.target(Application.SYNC).withPipeline(role))
                        .changed())
                .isFalse();
    }

    @Test
    void excessRightsAreSaidAndLeft(PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("role");
        MigrationTarget target = database.target(Application.SYNC).withPipeline(Credentials.of(role));
        migrator.migrate(target);
        database.execute("GRANT INSERT ON bsos TO " + role, "GRANT SELECT ON batches TO " + role);
        MigrationReport report = migrator.migrate(target);
        assertThat(report.changed()).isFalse();
        assertThat(report.notes()).containsExactly("role " + role + " has more rights than it needs on batches, bsos");
    }

    /** With the default privileges of PostgreSQL 14. */
    @Test
    void publicCreatePrivilegeIsReportedAndNotRevoked(PostgresServer server) throws SQLException {
        TestDatabase database = server.createDatabase();
        String role = server.uniqueName("role");
        database.execute("GRANT CREATE ON SCHEMA public TO PUBLIC");
        MigrationReport report =
                migrator.migrate(database.target(Application.SYNC).withPipeline(Credentials.of(role)));
        assertThat(report.notes())
                .containsExactly("role " + role + " may create objects in schema public (PostgreSQL 14 grants that to"
                        + " everybody); to end it: REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    }

    @Test
    void aServerThatIsNotReachedIsNamedWithItsKey() {
        MigrationTarget target = MigrationTarget.of(
                Application.S3, "jdbc:postgresql://127.0.0.1:1/nowhere", Credentials.of("admin", "hunter2"));
        assertThatThrownBy(() -> migrator.migrate(target))
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("jdbc:postgresql://127.0.0.1:1/nowhere")
                .hasMessageContaining("sources.s3.url")
                .hasMessageNotContaining("hunter2");
    }

    private static void awaitLockWaiter(TestDatabase database) {
        String waiters = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '"
                + database.name() + "'";
        Assertions.assertTimeoutPreemptively(TIMEOUT, () -> {
            while (database.query(waiters).isEmpty()) {
                Thread.onSpinWait();
            }
        });
    }

    private static TestDatabase databaseOwnedBy(String owner, PostgresServer server) throws SQLException {
        server.createDatabase().execute("CREATE ROLE " + owner + " LOGIN CREATEROLE");
        return server.createDatabase(owner);
    }

    private static List<String> published(TestDatabase database, String publication) throws SQLException {
        return database.query("SELECT tablename FROM pg_publication_tables WHERE schemaname = 'public' AND pubname = '"
                + publication + "'");
    }

    /** The catalogues of both schemas, the publication, the role, and the histories' rows. */
    private static List<String> everything(TestDatabase database) throws SQLException {
        List<String> rows = new ArrayList<>(database.catalogues("public"));
        rows.addAll(database.catalogues("waltally"));
        rows.addAll(database.query("SELECT xmin, * FROM pg_publication"));
        rows.addAll(database.query("SELECT xmin, * FROM pg_publication_rel"));
        rows.addAll(database.query("SELECT xmin, * FROM pg_authid WHERE rolname = 'waltally'"));
        rows.addAll(database.query("SELECT xmin, datacl FROM pg_database WHERE datname = current_database()"));
        for (String history : database.query("SELECT relname FROM pg_class WHERE relname ~ '_schema_history$'")) {
            rows.addAll(database.query("SELECT xmin, * FROM waltally." + history));
        }
        return rows;
    }

    private static String text(MigrationReport report) {
        return String.join("\n", report.lines());
    }
}
