package io.waltally.app.dataloss;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.app.local.LocalServers;
import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.PublishedTallies;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;

/** An application on servers whose Kafka can lose something. It writes rows, and its tallies are compared with SQL. */
final class DataLossFixture implements AutoCloseable {
    static final String ID = "losing";
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Path directory;
    private final RestorableServers servers;
    private final Admin admin;
    private final Configuration configuration;
    private int written;

    /** Runs it once, so that it has tallies and stops in order. */
    DataLossFixture(Path directory) throws Exception {
        this.directory = directory;
        servers = new RestorableServers(directory);
        admin = Admin.create(Map.of("bootstrap.servers", servers.kafka()));
        configuration = configuration("state");
        configuration.sources().values().forEach(Migrations::migrate);
        s3("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b', 0)");
        runAndWrite();
    }

    RestorableServers servers() {
        return servers;
    }

    Admin admin() {
        return admin;
    }

    /** With a state directory of that name. */
    Configuration configuration(String state) {
        Map<String, String> values = FewPartitions.configuration(servers);
        values.put("http.port", "0");
        values.put("streams.application-id", ID);
        values.put("streams.state-directory", directory.resolve(state).toString());
        return Configuration.from(values);
    }

    /** The directory where this application's local state is. */
    Path stateDirectory() {
        return directory.resolve("state");
    }

    void runAndWrite() throws Exception {
        try (Instance instance = start(EnumSet.allOf(RoleName.class))) {
            write();
            awaitEqual(instance);
        }
    }

    Instance start(Set<RoleName> roles) {
        return start(configuration, roles);
    }

    Instance start(Configuration configuration, Set<RoleName> roles) {
        return Instance.start(configuration, roles, new StopSignal()).orElseThrow();
    }

    /** Waits for a source to fail, and does what its reason says; returns that. */
    static String resumed(Instance instance, Source source) {
        String path = "/sources/" + source + "/";
        await(
                () -> InstanceApi.json(instance, "/api/status")
                        .at(path + "state")
                        .asText()
                        .equals("failed"),
                () -> InstanceApi.json(instance, "/api/status").toString());
        String reason =
                InstanceApi.json(instance, "/api/status").at(path + "reason").asText();
        assertThat(reason).contains("waltally resume " + source + " --new-epoch");
        instance.resume(source, true, false);
        return reason;
    }

    /** Rows that come, change and go, so that what is lost or taken twice shows in a sum. */
    void write() throws SQLException {
        int from = written;
        written += 100;
        s3("INSERT INTO object_locations (object_key, backend_name, size_bytes) SELECT 'k' || i % 5 || '/' || i, 'b', i"
                + " FROM generate_series(" + (from + 1) + ", " + written + ") i;"
                + "UPDATE object_locations SET size_bytes = size_bytes + 1000 WHERE object_key LIKE 'k1/%';"
                + "DELETE FROM object_locations WHERE size_bytes % 7 = 3");
        sync("INSERT INTO user_collections (user_id, collection_id, modified) VALUES (" + written + ", 7, now());"
                + "INSERT INTO bsos SELECT " + written
                + ", 7, i::text, NULL, repeat('x', i), now(), now() + interval '1 year'"
                + " FROM generate_series(1, 50) i;"
                + "UPDATE bsos SET payload = payload || 'y' WHERE bso_id LIKE '%3';"
                + "DELETE FROM bsos WHERE bso_id LIKE '%7'");
    }

    Lsn position() throws SQLException {
        try (Connection connection = Sql.connect(servers)) {
            return Sql.end(connection);
        }
    }

    static void awaitCaptured(Instance instance, Lsn position) {
        await(
                () -> instance.captured(Source.S3)
                        .filter(captured -> !position.isAfter(captured))
                        .isPresent(),
                () -> InstanceApi.json(instance, "/api/status").toString());
    }

    void awaitEqual(Instance instance) {
        TopicCatalogue topics = configuration.catalogue();
        await(
                () -> differences(topics).isEmpty(),
                () -> differences(topics) + " " + instance.ended() + InstanceApi.json(instance, "/api/status"));
    }

    private List<String> differences(TopicCatalogue topics) {
        try {
            return Comparison.of(
                            PublishedTallies.read(configuration.kafka(), topics),
                            new SqlOracle(address(Source.S3)).s3Tallies(),
                            new SqlOracle(address(Source.SYNC)).syncTallies(Instant.now()))
                    .differences();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private DatabaseAddress address(Source source) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(LocalServers.database(source)),
                servers.postgres().user());
    }

    private void s3(String sql) throws SQLException {
        Sql.execute(servers, PostgresAddress.S3_DATABASE, sql);
    }

    private void sync(String sql) throws SQLException {
        Sql.execute(servers, PostgresAddress.SYNC_DATABASE, sql);
    }

    static void await(Callable<Boolean> condition, Supplier<String> state) {
        Wait.until(PATIENCE, state, condition);
    }

    @Override
    public void close() {
        admin.close();
        servers.close();
    }
}
