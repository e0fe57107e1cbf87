package io.waltally.app.dataloss;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.KafkaBrokerProcess;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.SchemaRegistry;
import io.waltally.embedded.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;

/** Servers of which Kafka and PostgreSQL can be backed up, and restored while the others run, and whose registry can be lost. */
final class RestorableServers implements Infrastructure {
    private static final String STANDBY = "standby";
    private static final int SYNCHRONIZES_SLOTS = 17;
    private static final int MAX_SCHEMAS = 100;

    private final Path directory;
    private final KafkaBrokerProcess kafka;
    private SchemaRegistry registry = SchemaRegistry.start(ServerOptions.ephemeral());
    private PostgresServer postgres;
    private Optional<PostgresServer> standby = Optional.empty();

    /** @param directory for the data of the servers and their backups */
    RestorableServers(Path directory) {
        this.directory = directory;
        postgres = PostgresServer.start(ServerOptions.in(directory.resolve("postgres")));
        kafka = KafkaBrokerProcess.start(ServerOptions.in(directory.resolve("kafka")));
    }

    /** Stops the broker meanwhile. */
    void backUpKafka() throws IOException, InterruptedException {
        kafka.stop();
        copy("kafka", "kafka-backup");
        kafka.restart();
    }

    /** As if nothing had been written since the backup. Stops the broker meanwhile. */
    void restoreKafka() throws IOException, InterruptedException {
        kafka.stop();
        copy("kafka-backup", "kafka");
        kafka.restart();
    }

    /** Stops PostgreSQL meanwhile. */
    void backUpPostgres() throws IOException, InterruptedException {
        postgres.stop();
        copy("postgres", "postgres-backup");
        postgres.restart();
    }

    /** As if nothing had been written since the backup. Stops PostgreSQL meanwhile. */
    void restorePostgres() throws IOException, InterruptedException {
        postgres.stop();
        copy("postgres-backup", "postgres");
        postgres.restart();
    }

    /** Starts a standby that streams from PostgreSQL, which is stopped meanwhile, as docs/operations.md describes one. */
    void startStandby() throws IOException, InterruptedException, SQLException {
        postgres.stop();
        copy("postgres", STANDBY);
        postgres.restart();
        Path cluster = directory.resolve(STANDBY).resolve("cluster");
        // As pg_basebackup leaves them out.
        run("find", cluster.resolve("pg_replslot").toString(), "-mindepth", "1", "-delete");
        StringBuilder settings = new StringBuilder("primary_conninfo = 'host=%s port=%d user=%s dbname=postgres'\n"
                .formatted(
                        postgres.address().host(),
                        postgres.address().port(),
                        postgres.address().user()));
        settings.append("primary_slot_name = '" + STANDBY + "'\nhot_standby_feedback = on\n");
        try (Connection connection = connect(postgres)) {
            Sql.execute(connection, "SELECT pg_create_physical_replication_slot('" + STANDBY + "')");
            if (connection.getMetaData().getDatabaseMajorVersion() >= SYNCHRONIZES_SLOTS) {
                settings.append("sync_replication_slots = on\n");
            }
        }
        Files.writeString(cluster.resolve("postgresql.auto.conf"), settings, StandardOpenOption.APPEND);
        Files.createFile(cluster.resolve("standby.signal"));
        standby = Optional.of(PostgresServer.start(ServerOptions.in(directory.resolve(STANDBY))));
    }

    /** The JDBC URL of a database of the standby. */
    String standbyUrl(String database) {
        return standby.orElseThrow().address().jdbcUrl(database);
    }

    /** Stops the standby once it has all that was committed. */
    void stopStandby() throws SQLException {
        try (Connection primary = connect(postgres);
                Connection replica = connect(standby.orElseThrow())) {
            String written = Sql.value(primary, "SELECT pg_current_wal_lsn()");
            Wait.until(
                    "the standby has replayed " + written,
                    () -> Sql.value(replica, "SELECT pg_last_wal_replay_lsn() >= '" + written + "'")
                            .equals("t"));
        }
        standby.orElseThrow().stop();
    }

    /** PostgreSQL is lost, and the standby, which was stopped, takes its place, at another address. */
    void promoteStandby() throws SQLException {
        postgres.kill();
        postgres.close();
        postgres = standby.orElseThrow();
        standby = Optional.empty();
        postgres.restart();
        try (Connection connection = connect(postgres)) {
            // It waits for the end of recovery.
            assertThat(Sql.value(connection, "SELECT pg_promote()")).isEqualTo("t");
        }
    }

    private static Connection connect(PostgresServer server) throws SQLException {
        return DriverManager.getConnection(
                server.address().jdbcUrl("postgres"), server.address().user(), "");
    }

    private void copy(String from, String to) throws IOException, InterruptedException {
        run("rm", "-rf", directory.resolve(to).toString());
        run(
                "cp",
                "-a",
                directory.resolve(from).toString(),
                directory.resolve(to).toString());
    }

    /** By one that has other schemas under the ids of the first. */
    void replaceRegistry() throws IOException, RestClientException {
        registry.close();
        registry = SchemaRegistry.start(ServerOptions.ephemeral());
        try (SchemaRegistryClient client =
                new CachedSchemaRegistryClient(registry.uri().toString(), MAX_SCHEMAS)) {
            for (int i = 0; i < MAX_SCHEMAS; i++) {
                client.register(
                        "other-" + i,
                        new AvroSchema("{\"type\": \"fixed\", \"name\": \"Other\", \"size\": " + (1000 + i) + "}"));
            }
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + code);
        }
    }

    @Override
    public PostgresAddress postgres() {
        return postgres.address();
    }

    @Override
    public String kafka() {
        return kafka.bootstrapServers();
    }

    @Override
    public URI registry() {
        return registry.uri();
    }

    @Override
    public void close() {
        registry.close();
        kafka.close();
        standby.ifPresent(PostgresServer::close);
        postgres.close();
    }
}
