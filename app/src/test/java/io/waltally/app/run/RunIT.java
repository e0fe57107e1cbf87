package io.waltally.app.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Sql;
import io.waltally.app.run.role.RoleName;
import io.waltally.app.status.StatusReader;
import io.waltally.app.status.StatusReport;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code migrate} and {@code run} on real servers, in this JVM. */
class RunIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(90);

    private static Infrastructure servers;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startServers() {
        servers = Infrastructure.forTests();
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @Test
    void committedRowsShowUpAndARestartContinues() throws SQLException {
        Configuration configuration = configuration("restart");
        configuration.sources().values().forEach(Migrations::migrate);

        try (Instance instance = start(configuration)) {
            // When
            s3("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1000)");
            s3("INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/a', 'b2', 100)");
            sync("INSERT INTO user_collections (user_id, collection_id, modified) VALUES (42, 7, now())");
            sync("INSERT INTO bsos VALUES (42, 7, 'x', NULL, 'payload', now(), now() + interval '1 year')");
            // Then
            JsonNode backend = await(() -> InstanceApi.json(instance, "/api/backends/b2"), "object_count", 1);
            assertThat(backend.path("bytes_used").asLong()).isEqualTo(100);
            assertThat(backend.path("bytes_available").asLong()).isEqualTo(900);
            assertThat(backend.path("last_change").path("lsn").asText()).matches("[0-9A-F]+/[0-9A-F]+");
            JsonNode collection = await(
                    () -> InstanceApi.json(instance, "/api/users/42/collections")
                            .path("items")
                            .path(0),
                    "count",
                    1);
            assertThat(collection.path("collection").asText()).isEqualTo("bookmarks");
            assertThat(collection.path("total_bytes").asLong()).isEqualTo(7);

            // The source streams before the stream has reached where its tables were read.
            await(
                    () -> InstanceApi.json(instance, "/api/status").at("/sources/s3"),
                    source -> source.path("state").asText().equals("streaming")
                            && source.path("captured_lsn").isTextual());
            StatusReport fromOutside = new StatusReader(configuration, instance.topics()).read();
            assertThat(fromOutside.healthy()).as(fromOutside.toString()).isTrue();
            assertThat(fromOutside.sources().get("s3").capturedLsn()).isPresent();
            assertThat(fromOutside.sources().get("s3").slot().orElseThrow().active())
                    .isTrue();
            await(() -> InstanceApi.json(instance, "/readyz"), "ready", true);
        }
        StatusReport stopped = new StatusReader(configuration, topics(configuration)).read();
        assertThat(stopped.healthy()).isFalse();

        // Written while nothing runs.
        s3("INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/b', 'b2', 11)");
        try (Instance instance = start(configuration)) {
            s3("DELETE FROM object_locations WHERE object_key = 'photos/a'");
            await(() -> InstanceApi.json(instance, "/api/backends/b2"), "bytes_used", 11);
        }

        Map<String, String> octets = values(servers, "restart", directory);
        octets.put("streams.payload-length", "octets");
        assertThatThrownBy(() -> start(Configuration.from(octets)))
                .as("another setting than that with which state was made")
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("streams.payload-length", "streams.application-id");
    }

    @Test
    void startWaitsForUnreachableServersUntilStopped() throws Exception {
        Map<String, String> values = FewPartitions.configuration(servers);
        values.put("http.port", "0");
        values.put("registry.url", "http://127.0.0.1:1/nothing");
        StopSignal stop = new StopSignal();
        CompletableFuture<Boolean> started = CompletableFuture.supplyAsync(
                () -> Instance.start(Configuration.from(values), EnumSet.allOf(RoleName.class), stop)
                        .isPresent());
        // When
        assertThatThrownBy(() -> started.get(3, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
        stop.request();
        // Then
        assertThat(started.get(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void aMissingDatabaseIsReportedFromTheFirstSecondAndFailsLaterWhileTheOtherSourceGoesOn() throws Exception {
        // Given
        Map<String, String> values = values(servers, "one", directory);
        values.put("sources.sync.url", servers.jdbcUrl("nowhere"));
        values.put("capture.give-up-after", "2s");
        Configuration configuration = Configuration.from(values);
        Migrations.migrate(configuration.sources().get(Source.S3));
        StatusReport before = new StatusReader(configuration, topics(configuration)).read();
        assertThat(before.sources().get("sync").reason())
                .get()
                .asString()
                .contains("has no database \"nowhere\"; create it and run 'waltally migrate'");
        // When
        try (Instance instance = Instance.start(configuration, EnumSet.of(RoleName.CAPTURE), new StopSignal())
                .orElseThrow()) {
            // Then
            await(
                    () -> InstanceApi.json(instance, "/readyz").path("reasons").path(0),
                    reason -> reason.asText().contains("has no database \"nowhere\";"));
            await(() -> InstanceApi.json(instance, "/api/status").at("/sources/sync"), "state", "failed");
            assertThat(InstanceApi.json(instance, "/api/status")
                            .at("/sources/sync/reason")
                            .asText())
                    .contains("given up after", "capture.give-up-after");
            await(() -> InstanceApi.json(instance, "/api/status").at("/sources/s3"), "state", "streaming");
            assertThat(instance.ended()).isEmpty();
        }
    }

    @Test
    void stateOfAnotherClusterIsSetAsideAndTalliesEqualSql() throws Exception {
        Configuration here = configuration("moved");
        here.sources().values().forEach(Migrations::migrate);
        s3("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('moving', 0)");
        s3("INSERT INTO object_locations (object_key, backend_name, size_bytes)"
                + " SELECT 'moving/' || i, 'moving', 1000 FROM generate_series(1, 20) i");
        try (Instance instance = start(here)) {
            await(() -> InstanceApi.json(instance, "/api/backends/moving"), "bytes_used", 20_000);
        }
        try (Infrastructure other = Infrastructure.forTests()) {
            Configuration ownState = configuration(other, "moved", directory.resolve("other"));
            ownState.sources().values().forEach(Migrations::migrate);
            Sql.execute(
                    other,
                    PostgresAddress.S3_DATABASE,
                    "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('moving', 0);"
                            + "INSERT INTO object_locations (object_key, backend_name, size_bytes)"
                            + " SELECT 'moving/' || i, 'moving', 10 FROM generate_series(1, 400) i");
            try (Instance instance = start(ownState)) {
                await(() -> InstanceApi.json(instance, "/api/backends/moving"), "bytes_used", 4_000);
            }
            // When: the directory that the first cluster's state is in
            try (Instance instance = start(configuration(other, "moved", directory))) {
                Sql.execute(
                        other,
                        PostgresAddress.S3_DATABASE,
                        "INSERT INTO object_locations (object_key, backend_name, size_bytes)"
                                + " SELECT 'moving/new/' || i, 'moving', 10 FROM generate_series(1, 60) i");
                // Then
                await(() -> InstanceApi.json(instance, "/api/backends/moving"), "object_count", 460);
                assertThat(InstanceApi.json(instance, "/api/backends/moving")
                                .path("bytes_used")
                                .asLong())
                        .isEqualTo(4_600);
            }
            try (Stream<Path> entries = Files.list(directory)) {
                assertThat(entries.map(entry -> entry.getFileName().toString()))
                        .anyMatch(name -> name.startsWith("moved.set-aside-"));
            }
        }
    }

    private Configuration configuration(String application) {
        return configuration(servers, application, directory);
    }

    private static Configuration configuration(Infrastructure infrastructure, String application, Path state) {
        return Configuration.from(values(infrastructure, application, state));
    }

    private static Map<String, String> values(Infrastructure infrastructure, String application, Path state) {
        Map<String, String> values = FewPartitions.configuration(infrastructure);
        values.put("http.port", "0");
        values.put("streams.application-id", application);
        values.put("streams.state-directory", state.toString());
        return values;
    }

    private static TopicCatalogue topics(Configuration configuration) {
        return configuration.catalogue();
    }

    private static Instance start(Configuration configuration) {
        return Instance.start(configuration, EnumSet.allOf(RoleName.class), new StopSignal())
                .orElseThrow();
    }

    private static void s3(String sql) throws SQLException {
        Sql.execute(servers, PostgresAddress.S3_DATABASE, sql);
    }

    private static void sync(String sql) throws SQLException {
        Sql.execute(servers, PostgresAddress.SYNC_DATABASE, sql);
    }

    private static JsonNode await(Supplier<JsonNode> answer, String field, Object value) {
        return await(answer, last -> last.path(field).asText().equals(String.valueOf(value)));
    }

    private static JsonNode await(Supplier<JsonNode> answer, Predicate<JsonNode> expected) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        JsonNode last = answer.get();
        while (!expected.test(last)) {
            assertThat(System.nanoTime()).as(last.toString()).isLessThan(deadline);
            last = answer.get();
        }
        return last;
    }
}
