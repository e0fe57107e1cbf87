package io.waltally.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.TypedInput;
import io.waltally.app.http.ApiFixture;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.app.status.SourceStatus;
import io.waltally.app.status.StatusReader;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Runs {@code resume} and {@code snapshot}, with and without a running instance. */
class ResumeIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(90);

    private static Infrastructure servers;

    @TempDir
    private static Path directory;

    private static Configuration configuration;
    private static Path file;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void startServersAndMigrate() throws IOException {
        servers = Infrastructure.forTests();
        Map<String, String> values = FewPartitions.configuration(servers);
        values.put("http.port", "0");
        values.put("streams.state-directory", directory.resolve("state").toString());
        configuration = Configuration.from(values);
        configuration.sources().values().forEach(Migrations::migrate);
        file = Files.writeString(
                directory.resolve("waltally.yml"),
                values.entrySet().stream()
                        .map(entry -> entry.getKey() + ": \"" + entry.getValue() + "\"\n")
                        .collect(Collectors.joining()));
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @BeforeEach
    void writeRows() throws Exception {
        sync("DELETE FROM user_collections");
        sync("INSERT INTO user_collections (user_id, collection_id, modified) VALUES (42, 7, now())");
        sync("INSERT INTO bsos SELECT 42, 7, i::text, NULL, 'payload', now(), now() + interval '1 year'"
                + " FROM generate_series(1, 10) i");
    }

    @Test
    void aSourceThatLostItsSlotIsResumedByACommandAndItsTalliesEqualTheTable() throws Exception {
        try (Instance instance = start()) {
            awaitCount(instance, 10);
        }
        loseSlotAndRows();
        try (Instance instance = start()) {
            // Given
            JsonNode stopped = await(
                    instance, "/api/status", status -> state(status, "sync").equals("failed"));
            assertThat(stopped.at("/sources/sync/reason").asText())
                    .contains("slot waltally_sync does not exist any more", "waltally resume sync --new-epoch");
            await(instance, "/api/status", status -> state(status, "s3").equals("streaming"));
            assertThat(InstanceApi.get(instance, "/readyz").statusCode()).isEqualTo(503);
            assertThat(shownStatus(instance)).isEqualTo(1);
            assertThat(out.toString())
                    .contains(stopped.at("/sources/sync/reason").asText());
            SourceStatus seenFromOutside = seenFromOutside();
            assertThat(seenFromOutside.state()).isEqualTo("failed");
            assertThat(seenFromOutside.reason())
                    .hasValue(stopped.at("/sources/sync/reason").asText());
            // When
            assertThat(waltally(instance, "resume", "sync", "--new-epoch"))
                    .as(err.toString())
                    .isZero();
            // Then
            awaitCount(instance, 7);
            // The source streams before the stream has reached where its tables were read.
            JsonNode streaming = await(
                    instance,
                    "/api/status",
                    status -> state(status, "sync").equals("streaming")
                            && status.at("/sources/sync/captured_lsn").isTextual());
            assertThat(streaming.at("/sources/sync/epoch").asInt()).isEqualTo(1);
            assertThat(seenFromOutside().state()).isEqualTo("streaming");
            assertThat(seenFromOutside().reason()).isEmpty();
            assertThat(waltally(instance, "resume", "sync")).isEqualTo(1);
            assertThat(err.toString()).contains("there is nothing to resume");
            // And a source that is well keeps its slot
            assertThat(waltally(instance, "resume", "sync", "--new-epoch")).isEqualTo(1);
            assertThat(err.toString()).contains("sync has not failed (it is streaming)", "--force");
            // Also where it is forced, until that is confirmed
            assertThat(TypedInput.of("no\n", () -> waltally(instance, "resume", "sync", "--new-epoch", "--force")))
                    .isEqualTo(1);
            assertThat(err.toString()).contains("nothing was done");
            assertThat(await(
                                    instance,
                                    "/api/status",
                                    status -> state(status, "sync").equals("streaming"))
                            .at("/sources/sync/epoch")
                            .asInt())
                    .isEqualTo(1);
        }
        assertThat(waltally(1, "resume", "sync", "--new-epoch")).isEqualTo(1);
        assertThat(err.toString()).contains("sync needs no new epoch", "--force");
        // And without an instance the epoch begins with the next one
        loseSlotAndRows();
        assertThat(waltally(1, "resume", "sync", "--new-epoch"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("epoch 2 of sync begins with the next");
        try (Instance instance = start()) {
            awaitCount(instance, 4);
        }
    }

    @Test
    void aNewEpochIsTakenWhereTheReasonOfTheStopAsksForIt() throws Exception {
        int epoch;
        try (Instance instance = start()) {
            awaitCount(instance, 10);
            epoch = epoch(instance);
            // Given: a change that cannot be captured
            sync("ALTER TABLE collections DROP CONSTRAINT collections_pkey, ADD PRIMARY KEY (name)");
            sync("INSERT INTO collections (name) VALUES ('under another key')");
            await(instance, "/api/status", status -> state(status, "sync").equals("failed"));
            sync("ALTER TABLE collections DROP CONSTRAINT collections_pkey, ADD PRIMARY KEY (collection_id)");
        }
        assertThat(seenFromOutside().reason().orElseThrow()).contains("waltally resume sync --new-epoch");
        // When
        assertThat(waltally(1, "resume", "sync", "--new-epoch"))
                .as(err.toString())
                .isZero();
        // Then
        sync("DELETE FROM bsos WHERE bso_id = '1'");
        try (Instance instance = start()) {
            awaitCount(instance, 9);
            assertThat(epoch(instance)).isEqualTo(epoch + 1);
        }
        // And where it does not help, it is not taken
        sync("REVOKE SELECT ON bsos FROM waltally");
        try (Instance instance = start()) {
            JsonNode stopped = await(
                    instance, "/api/status", status -> state(status, "sync").equals("failed"));
            String reason = stopped.at("/sources/sync/reason").asText();
            assertThat(waltally(instance, "resume", "sync", "--new-epoch")).isEqualTo(1);
            assertThat(err.toString()).contains("a new epoch does not remedy: " + reason, "--force");
            sync("GRANT SELECT ON bsos TO waltally");
            assertThat(waltally(instance, "resume", "sync")).as(err.toString()).isZero();
            sync("DELETE FROM bsos WHERE bso_id = '2'");
            awaitCount(instance, 8);
            assertThat(epoch(instance)).isEqualTo(epoch + 1);
        }
    }

    @Test
    void aTableIsReadAgainOnCommandAndItsTalliesStay() throws Exception {
        try (Instance instance = start()) {
            awaitCount(instance, 10);
            // When
            assertThat(waltally(instance, "snapshot", "sync.bsos"))
                    .as(err.toString())
                    .isZero();
            assertThat(waltally(instance, "snapshot", "sync.bsos", "--from", "42", "--to", "43", "--no-wait"))
                    .as(err.toString())
                    .isZero();
            // Then
            assertThat(out.toString()).contains("snapshot of sync.bsos is complete", "accepted");
            sync("DELETE FROM bsos WHERE bso_id = '1'");
            awaitCount(instance, 9);
            // And what cannot be done is said
            assertThat(waltally(instance, "snapshot", "sync.bsos", "--from", "abc"))
                    .isEqualTo(2);
            assertThat(err.toString()).contains("from is no value of column user_id (bigint)", "abc");
            assertThat(waltally(instance, "snapshot", "sync.nothing")).isEqualTo(2);
            assertThat(err.toString()).contains("table nothing of sync is not captured");
            assertThat(waltally(instance, "snapshot", "bsos")).isEqualTo(2);
        }
        assertThat(waltally(1, "snapshot", "sync.bsos")).isEqualTo(1);
        assertThat(err.toString()).contains("no instance answers");
        // And from outside nobody captures: nothing else says why the source stands still
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!seenFromOutside().state().equals("stopped")) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(seenFromOutside().reason()).hasValue("no instance captures it ('waltally run')");
    }

    @Test
    void aSnapshotThatCannotBeReadFailsItsCommandAndNotTheSource() throws Exception {
        try (Instance instance = start()) {
            awaitCount(instance, 10);
            sync("REVOKE SELECT ON bsos FROM waltally");
            // When
            assertThat(waltally(instance, "snapshot", "sync.bsos")).isEqualTo(1);
            // Then
            assertThat(err.toString())
                    .contains(
                            "the snapshot of sync.bsos failed, and streaming continues without it",
                            "permission denied");
            assertThat(out.toString()).doesNotContain("complete");
            assertThat(shownStatus(instance, "--json")).as(err.toString()).isZero();
            assertThat(out.toString()).contains("\"failed_snapshots\" : [ {", "permission denied");
            sync("DELETE FROM bsos WHERE bso_id = '2'");
            awaitCount(instance, 9);
            sync("GRANT SELECT ON bsos TO waltally");
            assertThat(waltally(instance, "snapshot", "sync.bsos"))
                    .as(err.toString())
                    .isZero();
        }
    }

    /** By a process that runs nothing. */
    private static SourceStatus seenFromOutside() {
        TopicCatalogue topics = configuration.catalogue();
        return new StatusReader(configuration, topics).read().sources().get("sync");
    }

    private void loseSlotAndRows() throws Exception {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (number("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'waltally_sync' AND active") > 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
        sync("SELECT pg_drop_replication_slot('waltally_sync')");
        sync("DELETE FROM bsos WHERE bso_id IN (SELECT bso_id FROM bsos ORDER BY bso_id LIMIT 3)");
    }

    @Test
    void anInstanceOfAnotherClusterIsLeftAlone() throws Exception {
        try (ApiFixture other = new ApiFixture()) {
            int port = other.uri().getPort();
            for (List<String> command : List.of(
                    List.of("resume", "s3"),
                    List.of("resume", "s3", "--new-epoch"),
                    List.of("snapshot", "s3.object_locations"))) {
                assertThat(waltally(port, command.toArray(String[]::new)))
                        .as("%s", command)
                        .isEqualTo(1);
                assertThat(err.toString())
                        .contains(
                                "the instance at " + other.uri() + " belongs to Kafka cluster " + ApiFixture.CLUSTER,
                                "Give the configuration of that instance (-c)")
                        .doesNotContain("acting on");
            }
            shownStatus(port);
            assertThat(err.toString())
                    .contains("waltally: shown as PostgreSQL and Kafka have it: the instance at " + other.uri()
                            + " belongs to Kafka cluster " + ApiFixture.CLUSTER);
        }
    }

    private int waltally(Instance instance, String... arguments) {
        return waltally(instance.httpPort(), arguments);
    }

    private int shownStatus(Instance instance, String... options) throws IOException {
        return shownStatus(instance.httpPort(), options);
    }

    private int shownStatus(int port, String... options) throws IOException {
        Path here = Files.writeString(
                directory.resolve("here.yml"),
                Files.readString(file).replace("http.port: \"0\"", "http.port: " + port));
        CommandLine line = WaltallyCommand.withSubcommands(new StatusCommand(new StopSignal()));
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of("-c", here.toString(), "status"));
        all.addAll(List.of(options));
        return line.execute(all.toArray(String[]::new));
    }

    private int waltally(int port, String... arguments) {
        CommandLine line = WaltallyCommand.withSubcommands(new ResumeCommand(), new SnapshotCommand());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 4);
        all[arguments.length] = "-c";
        all[arguments.length + 1] = file.toString();
        all[arguments.length + 2] = "--http-port";
        all[arguments.length + 3] = Integer.toString(port);
        return line.execute(all);
    }

    private static Instance start() {
        return Instance.start(configuration, EnumSet.allOf(RoleName.class), new StopSignal())
                .orElseThrow();
    }

    private static void awaitCount(Instance instance, long count) throws InterruptedException {
        await(
                instance,
                "/api/users/42/collections",
                collections -> collections.at("/items/0/count").asLong() == count);
    }

    private static int epoch(Instance instance) {
        return await(
                        instance,
                        "/api/status",
                        status -> status.at("/sources/sync/epoch").isInt())
                .at("/sources/sync/epoch")
                .asInt();
    }

    private static String state(JsonNode status, String source) {
        return status.path("sources").path(source).path("state").asText();
    }

    private static JsonNode await(Instance instance, String path, Predicate<JsonNode> condition) {
        return InstanceApi.await(instance, path, TIMEOUT, condition);
    }

    private static void sync(String sql) throws SQLException {
        Sql.execute(servers, PostgresAddress.SYNC_DATABASE, sql);
    }

    private static long number(String query) throws SQLException {
        return Long.parseLong(Sql.value(servers, PostgresAddress.SYNC_DATABASE, query));
    }
}
