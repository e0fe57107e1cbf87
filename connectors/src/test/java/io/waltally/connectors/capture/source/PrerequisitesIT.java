package io.waltally.connectors.capture.source;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.SourceConnectionException;
import io.waltally.connectors.capture.fixture.CapturedTopics;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.schemas.Source;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks that every refusal is resolved by running the statement that it names, as the owner. */
class PrerequisitesIT {
    private static PostgresServer server;
    private static int databases;

    private String database;
    private CaptureConfig config;

    @BeforeAll
    static void startServer() {
        server = PostgresServer.start(ServerOptions.ephemeral());
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void migrate() throws SQLException {
        database = "prerequisites_" + databases++;
        execute("postgres", "CREATE DATABASE " + database);
        config = CaptureConfig.of(Source.S3, new DatabaseLogin(url(database), "waltally", Optional.empty()));
        migrateAgain();
    }

    @Test
    void whatMigrationsMakeIsEnough() {
        assertSatisfied();
    }

    @Test
    void theServerMustWriteLogicalWal() throws Exception {
        try (EmbeddedPostgres plain = EmbeddedPostgres.builder()
                .setServerConfig("wal_level", "replica")
                .start()) {
            config = CaptureConfig.of(
                    Source.S3,
                    new DatabaseLogin(
                            "jdbc:postgresql://127.0.0.1:" + plain.getPort() + "/postgres",
                            PostgresServer.USER,
                            Optional.empty()));
            assertRefused(
                    "wal_level is replica: ALTER SYSTEM SET wal_level = 'logical', and restart the server",
                    "there is no publication waltally_s3");
        }
    }

    @Test
    void theRoleMustBeAllowedToReplicate() throws SQLException {
        admin("ALTER ROLE waltally NOREPLICATION");
        assertMendedBy("role waltally may not replicate", "ALTER ROLE waltally REPLICATION");
    }

    @Test
    void theGroupOfAHostingServiceStandsForTheAttribute() throws SQLException {
        admin("CREATE ROLE rds_replication");
        admin("GRANT rds_replication TO waltally");
        admin("ALTER ROLE waltally NOREPLICATION");
        try {
            assertSatisfied();
        } finally {
            admin("ALTER ROLE waltally REPLICATION");
            admin("DROP ROLE rds_replication");
        }
    }

    @Test
    void everyTableMustBeReadable() throws SQLException {
        admin("REVOKE SELECT ON object_locations FROM waltally");
        assertMendedBy(
                "role waltally may not read public.object_locations",
                "GRANT SELECT ON public.object_locations TO waltally");
    }

    @Test
    void theSchemaMustBeUsable() throws SQLException {
        admin("REVOKE USAGE ON SCHEMA public FROM PUBLIC, waltally");
        assertMendedBy("role waltally may not use schema public", "GRANT USAGE ON SCHEMA public TO waltally");
    }

    @Test
    void rowSecurityMustHideNothing() throws SQLException {
        admin("ALTER TABLE backend_quotas ENABLE ROW LEVEL SECURITY");
        assertMendedBy(
                "row security hides rows of public.backend_quotas from role waltally", "ALTER ROLE waltally BYPASSRLS");
        admin("ALTER ROLE waltally NOBYPASSRLS");
    }

    @Test
    void thePublicationMustExist() throws SQLException {
        admin("DROP PUBLICATION waltally_s3");
        assertRefused("there is no publication waltally_s3: waltally migrate");
        migrateAgain();
        assertSatisfied();
    }

    @Test
    void thePublicationMustNameEveryTable() throws SQLException {
        admin("ALTER PUBLICATION waltally_s3 DROP TABLE cleanup_dlq");
        assertMendedBy(
                "publication waltally_s3 does not publish public.cleanup_dlq",
                "ALTER PUBLICATION waltally_s3 ADD TABLE public.cleanup_dlq");
    }

    @Test
    void aPublicationOfAllTablesOrOfTheSchemaIsEnough() throws SQLException {
        admin("DROP PUBLICATION waltally_s3");
        admin("CREATE PUBLICATION waltally_s3 FOR ALL TABLES");
        assertSatisfied();
        if (serverVersion() >= 15) {
            admin("DROP PUBLICATION waltally_s3");
            admin("CREATE PUBLICATION waltally_s3 FOR TABLES IN SCHEMA public");
            assertSatisfied();
        }
    }

    @Test
    void thePublicationMustPublishEveryOperation() throws SQLException {
        admin("ALTER PUBLICATION waltally_s3 SET (publish = 'insert, update, delete')");
        assertMendedBy(
                "publication waltally_s3 leaves operations out",
                "ALTER PUBLICATION waltally_s3 SET (publish = 'insert, update, delete, truncate')");
    }

    @Test
    void thePublicationMustPublishWholeTables() throws SQLException {
        assumeTrue(serverVersion() >= 15, "publications of some rows or columns");
        String problem = "publication waltally_s3 leaves rows or columns of public.backend_quotas out";
        String remedy = "ALTER PUBLICATION waltally_s3 DROP TABLE public.backend_quotas;"
                + " ALTER PUBLICATION waltally_s3 ADD TABLE public.backend_quotas";
        admin("ALTER PUBLICATION waltally_s3 DROP TABLE backend_quotas");
        admin("ALTER PUBLICATION waltally_s3 ADD TABLE backend_quotas (backend_name, bytes_limit)");
        assertMendedBy(problem, remedy);
        admin("ALTER PUBLICATION waltally_s3 DROP TABLE backend_quotas");
        admin("ALTER PUBLICATION waltally_s3 ADD TABLE backend_quotas WHERE (backend_name <> 'b2')");
        assertMendedBy(problem, remedy);
    }

    @Test
    void aPartitionedTableMustBePublishedAsOne() throws SQLException {
        admin("ALTER PUBLICATION waltally_s3 SET (publish_via_partition_root = false)");
        admin("CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)");
        admin("CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)");
        admin("GRANT SELECT ON parts TO waltally");
        admin("ALTER PUBLICATION waltally_s3 ADD TABLE parts");
        configure(List.of("parts"));
        assertMendedBy(
                "publication waltally_s3 does not publish public.parts",
                "ALTER PUBLICATION waltally_s3 SET (publish_via_partition_root = true)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER ROLE waltally NOREPLICATION",
                "REVOKE SELECT ON object_locations FROM waltally",
                "REVOKE USAGE ON SCHEMA public FROM PUBLIC, waltally",
                "ALTER TABLE backend_quotas ENABLE ROW LEVEL SECURITY",
                "DROP PUBLICATION waltally_s3",
                "ALTER PUBLICATION waltally_s3 DROP TABLE cleanup_dlq, backend_usage",
                "ALTER PUBLICATION waltally_s3 SET (publish = 'insert')",
                "ALTER PUBLICATION waltally_s3 DROP TABLE backend_quotas;"
                        + " ALTER PUBLICATION waltally_s3 ADD TABLE backend_quotas (backend_name, bytes_limit)",
                "ALTER PUBLICATION waltally_s3 DROP TABLE backend_quotas;"
                        + " ALTER PUBLICATION waltally_s3 ADD TABLE backend_quotas WHERE (backend_name <> 'b2')",
                "ALTER TABLE cleanup_dlq RENAME TO plain;"
                        + " CREATE TABLE cleanup_dlq (LIKE plain, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
                "ALTER PUBLICATION waltally_s3 SET (publish_via_partition_root = false);"
                        + " ALTER TABLE cleanup_dlq RENAME TO plain;"
                        + " CREATE TABLE cleanup_dlq (LIKE plain, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
                        + " CREATE TABLE part PARTITION OF cleanup_dlq DEFAULT;"
                        + " ALTER PUBLICATION waltally_s3 ADD TABLE cleanup_dlq"
            })
    void migrateRestoresMissingPrerequisites(String breaking) throws SQLException {
        boolean ofRowsOrColumns = breaking.contains("ADD TABLE backend_quotas");
        assumeTrue(!ofRowsOrColumns || serverVersion() >= 15, "publications of some rows or columns");
        admin(breaking);
        assertThatThrownBy(() -> Prerequisites.require(config)).isInstanceOf(CaptureException.class);
        migrateAgain();
        assertSatisfied();
        admin("ALTER ROLE waltally NOBYPASSRLS");
    }

    @Test
    void aRoleThatPgHbaRejectsGetsTheLineToAdd() throws Exception {
        try (EmbeddedPostgres refusing = EmbeddedPostgres.builder()
                .setServerConfig("wal_level", "logical")
                .start()) {
            Path hba;
            try (Connection connection = refusing.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE ROLE refused LOGIN REPLICATION");
                try (ResultSet file = statement.executeQuery("SHOW hba_file")) {
                    file.next();
                    hba = Path.of(file.getString(1));
                }
                Files.writeString(hba, "host all postgres 127.0.0.1/32 trust\n");
                statement.execute("SELECT pg_reload_conf()");
            }
            DatabaseLogin login = new DatabaseLogin(
                    "jdbc:postgresql://127.0.0.1:" + refusing.getPort() + "/postgres", "refused", Optional.empty());
            CapturedTopics.waitFor("refused", () -> {
                try {
                    login.connect().close();
                    return false;
                } catch (SQLException e) {
                    return true;
                }
            });
            assertThatThrownBy(() ->
                            SourceDatabase.connect(config.withDatabase(login)).close())
                    .isInstanceOf(SourceConnectionException.class)
                    .hasMessageContaining("no pg_hba.conf entry for host \"127.0.0.1\", user \"refused\"")
                    .hasMessageContaining("'host postgres refused ADDRESS/32 scram-sha-256'");
        }
    }

    @Test
    void everyTableMustExist() throws SQLException {
        configure(List.of("object_locations", "nowhere"));
        assertRefused("there is no table public.nowhere: let the application make it, or waltally migrate");
    }

    @Test
    void everyTableMustHaveAPrimaryKey() throws SQLException {
        admin("ALTER TABLE object_locations DROP CONSTRAINT object_locations_pkey");
        assertRefused("public.object_locations has no primary key that is checked at once, so its rows cannot be"
                + " identified: ALTER TABLE public.object_locations ADD PRIMARY KEY (...), or leave it out of what is"
                + " published and configured");
    }

    @Test
    void columnsMustDifferByMoreThanCase() throws SQLException {
        admin("ALTER TABLE object_locations ADD COLUMN \"Backend_Name\" text");
        assertRefused("columns backend_name and \"Backend_Name\" of public.object_locations differ only by case, and"
                + " Debezium does not distinguish them: rename all but one, or leave public.object_locations out of what is"
                + " published and configured");
    }

    @Test
    void theReplicaIdentityMustHoldThePrimaryKey() throws SQLException {
        String problem = "the replica identity of public.object_locations does not hold its primary key";
        String remedy = "ALTER TABLE public.object_locations REPLICA IDENTITY DEFAULT";
        admin("ALTER TABLE object_locations REPLICA IDENTITY NOTHING");
        assertMendedBy(problem, remedy);
        admin("ALTER TABLE object_locations ADD COLUMN number bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE");
        admin("ALTER TABLE object_locations REPLICA IDENTITY USING INDEX object_locations_number_key");
        assertMendedBy(problem, remedy);
        admin("CREATE UNIQUE INDEX including ON object_locations (number) INCLUDE (backend_name, object_key)");
        admin("ALTER TABLE object_locations REPLICA IDENTITY USING INDEX including");
        assertMendedBy(problem, remedy);
        admin("CREATE UNIQUE INDEX wider ON object_locations (number, backend_name, object_key)");
        admin("ALTER TABLE object_locations REPLICA IDENTITY USING INDEX wider");
        assertSatisfied();
        admin("ALTER TABLE object_locations REPLICA IDENTITY FULL");
        assertSatisfied();
    }

    @Test
    void theReplicaIdentityOfAPartitionMustHoldThePrimaryKey() throws SQLException {
        admin("CREATE TABLE parts (id int PRIMARY KEY, number int NOT NULL) PARTITION BY RANGE (id)");
        admin("CREATE TABLE part_0 PARTITION OF parts FOR VALUES FROM (0) TO (1000)");
        admin("CREATE UNIQUE INDEX part_number ON part_0 (number)");
        admin("ALTER PUBLICATION waltally_s3 ADD TABLE parts");
        admin("GRANT SELECT ON parts TO waltally");
        configure(List.of("parts"));
        assertSatisfied();
        admin("ALTER TABLE part_0 REPLICA IDENTITY USING INDEX part_number");
        assertMendedBy(
                "the replica identity of public.part_0 does not hold its primary key",
                "ALTER TABLE public.part_0 REPLICA IDENTITY DEFAULT");
    }

    @Test
    void aReplicationSlotMustBeFreeIfThereIsNone() throws SQLException {
        admin("SELECT pg_create_logical_replication_slot('waltally_s3', 'pgoutput')");
        admin("SELECT pg_create_physical_replication_slot('taken_' || i)"
                + " FROM generate_series(2, current_setting('max_replication_slots')::int) i");
        assertSatisfied();
        admin("SELECT pg_drop_replication_slot('waltally_s3')");
        admin("SELECT pg_create_physical_replication_slot('taken_1')");
        try {
            assertRefused(
                    "all 20 replication slots are taken: drop one that nothing uses (SELECT slot_name, active FROM"
                            + " pg_replication_slots), or ALTER SYSTEM SET max_replication_slots = 21, and restart the server");
        } finally {
            admin("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
        }
    }

    @Test
    void allProblemsAreReportedAtOnce() throws SQLException {
        admin("REVOKE SELECT ON object_locations, backend_usage FROM waltally");
        admin("ALTER PUBLICATION waltally_s3 DROP TABLE backend_usage");
        assertRefused(
                "may not read public.object_locations",
                "may not read public.backend_usage",
                "does not publish public.backend_usage");
    }

    @Test
    void theRoleMustBeAllowedToConnect() throws SQLException {
        admin("REVOKE CONNECT ON DATABASE " + database + " FROM PUBLIC, waltally");
        assertThatThrownBy(() -> SourceDatabase.connect(config).close())
                .isInstanceOf(SourceConnectionException.class)
                .hasMessageEndingWith("GRANT CONNECT ON DATABASE " + database + " TO waltally");
    }

    private void configure(List<String> tables) {
        config = config.withTables(tables);
    }

    /** Refused with exactly this, and no more once the remedy was run. */
    private void assertMendedBy(String problem, String remedy) throws SQLException {
        assertThatThrownBy(() -> Prerequisites.require(config))
                .isInstanceOf(CaptureException.class)
                .hasMessage(config.database() + " cannot be captured yet:\n- " + problem + ": " + remedy);
        admin(remedy);
        assertSatisfied();
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> Prerequisites.require(config))
                .isInstanceOf(CaptureException.class)
                .message()
                .contains(parts);
    }

    private void assertSatisfied() {
        assertThatCode(() -> Prerequisites.require(config)).doesNotThrowAnyException();
    }

    private void migrateAgain() {
        new Migrator()
                .migrate(MigrationTarget.of(
                        Application.S3, url(database), new Credentials(PostgresServer.USER, Optional.empty())));
    }

    private void admin(String sql) throws SQLException {
        execute(database, sql);
    }

    private int serverVersion() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(database), PostgresServer.USER, "")) {
            return connection.getMetaData().getDatabaseMajorVersion();
        }
    }

    private static void execute(String database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(database), PostgresServer.USER, "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String url(String database) {
        return server.address().jdbcUrl(database);
    }
}
