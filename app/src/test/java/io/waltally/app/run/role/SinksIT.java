package io.waltally.app.run.role;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.command.StatusCommand;
import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.command.deadletter.DlqCommand;
import io.waltally.app.command.sink.SinksCommand;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A pipeline with all types of sinks on real servers, as an operator sees it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SinksIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String S3 = PostgresAddress.S3_DATABASE;
    private static final String SYNC = PostgresAddress.SYNC_DATABASE;

    @TempDir
    private static Path directory;

    private static Infrastructure servers;
    private static Instance instance;

    @BeforeAll
    static void startServers() throws SQLException {
        servers = Infrastructure.forTests();
        sql(S3, "CREATE DATABASE copies");
        for (SourceSettings source : configuration(0).sources().values()) {
            Migrations.migrate(source, configuration(0).sinks());
        }
        instance = start();
    }

    @AfterAll
    static void stopServers() {
        instance.close();
        servers.close();
    }

    @Test
    @Order(1)
    void eachSinkShowsTheLsnUpToWhichItsTargetIsComplete() throws Exception {
        // What a snapshot reads is not notified.
        await(() -> instance.streaming());
        sql(S3, "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1000)");
        sql(S3, "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/a', 'b2', 100)");
        sql(SYNC, "INSERT INTO user_collections (user_id, collection_id, modified) VALUES (7, 1, now())");
        sql(
                SYNC,
                "INSERT INTO bsos (user_id, collection_id, bso_id, payload, modified, expiry)"
                        + " VALUES (7, 1, 'x', 'abc', now(), now() + interval '1 day')");
        awaitApplied();
        assertThat(query(S3, "SELECT bytes_used FROM waltally.backend_quotas WHERE backend_name = 'b2'"))
                .isEqualTo("100");
        assertThat(query(SYNC, "SELECT total_bytes FROM waltally.user_collections WHERE user_id = 7"))
                .isEqualTo("3");
        assertThat(query(S3, "SELECT string_agg(event_type, ' ') FROM notification_outbox"))
                .isEqualTo("s3:ObjectCreated:Put");
        assertThat(query("copies", "SELECT size_bytes FROM s3.object_locations"))
                .isEqualTo("100");
        assertThat(directory.resolve("lake/s3/object_locations")).isNotEmptyDirectory();
        assertThat(get("/readyz").path("ready").asBoolean()).isTrue();
        JsonNode status = get("/api/status").path("sinks");
        assertThat(status.at("/quotas/state").asText()).isEqualTo("running");
        assertThat(status.at("/quotas/applied_lsn").isTextual()).isTrue();
        for (String measure : List.of("rows_per_second", "last_batch", "lag_bytes", "lag_seconds", "retries")) {
            assertThat(status.path("quotas").path(measure).isNumber())
                    .as("%s of %s", measure, status)
                    .isTrue();
        }
        assertThat(status.at("/quotas/last_batch").asLong()).isPositive();
        assertThat(run(0, "status"))
                .containsPattern("quotas +running +\\d+ records? +\\S+ s +\\S+ [KM]?i?B +[0-9A-F]+/[0-9A-F]+")
                .containsPattern("quotas +[0-9.]+ +[1-9]\\d* records? +\\d+ backend-quotas");
        assertThat(run(0, "sinks", "list")).containsPattern("outbox +notification-outbox +running");
        assertThat(run(2, "status", "--watch=0s")).contains("--watch needs a DURATION of more than 0s");
        await(() -> sink("replica").at("/lag/records").asLong() == 0);
        assertThat(JSON.readTree(watchOnce("--json")).at("/sinks/quotas/state").asText())
                .isEqualTo("running");
        assertThat(watchOnce()).matches("(?s)\\d{4}-\\d\\d-\\d\\d .*SOURCE .*");
        assertWatchingEndsWithItsReader();
    }

    private static void assertWatchingEndsWithItsReader() throws IOException {
        StopSignal stop = new StopSignal();
        long began = System.nanoTime();
        Writer closed = Writer.nullWriter();
        closed.close();
        try {
            assertThat(execute(stop, closed, List.of("status", "--watch=1m"))).isZero();
        } finally {
            stop.finished(0);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(1));
    }

    private static String watchOnce(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("status", "--watch"));
        all.addAll(Arrays.asList(arguments));
        StopSignal stopped = new StopSignal();
        stopped.request();
        try {
            return run(stopped, 0, all);
        } finally {
            stopped.finished(0);
        }
    }

    @Test
    @Order(2)
    void aPausedSinkWritesNothingAlsoAfterARestartUntilItIsResumed() throws Exception {
        assertThat(run(0, "sinks", "pause", "quotas")).contains("quotas is paused");
        sql(S3, "UPDATE object_locations SET size_bytes = 150 WHERE object_key = 'photos/a'");
        awaitTally(150);
        instance.close();
        instance = start();
        await(() -> "paused".equals(sink("quotas").path("state").asText()));
        awaitTally(150);
        assertThat(bytesUsed()).isEqualTo("100");
        await(() -> sink("quotas").at("/lag/records").asLong() > 0);
        assertThat(sink("quotas").at("/lag/seconds").asDouble()).isPositive();
        assertThat(get("/api/status").at("/sinks/quotas/lag").asLong()).isPositive();
        assertThat(get("/api/status").at("/sinks/quotas/state").asText()).isEqualTo("paused");
        assertThat(run(2, "sinks", "resume", "quota")).contains("there is no sink \"quota\"");
        assertThat(run(0, "sinks", "resume", "quotas")).contains("quotas continues from its position");
        await(() -> bytesUsed().equals("150"));
    }

    @Test
    @Order(3)
    void aResetSinkWritesEverythingAgain() throws Exception {
        sql(S3, "DELETE FROM waltally.backend_quotas");
        assertThat(run(0, "sinks", "resume", "quotas", "--reset"))
                .contains("quotas reads its topics again from the beginning");
        await(() -> bytesUsed().equals("150"));
    }

    @Test
    @Order(4)
    void refusedRecordIsDeadLetteredListedAndReplayed() throws Exception {
        sql(S3, "ALTER TABLE notification_outbox ADD CONSTRAINT refused CHECK (payload->>'subject' <> 'bad')");
        sql(
                S3,
                "INSERT INTO object_locations (object_key, backend_name, size_bytes)"
                        + " VALUES ('photos/bad', 'b2', 1), ('photos/good', 'b2', 1)");
        await(() -> outboxRows("good").equals("1")
                && sink("outbox").path("dead_letters").asInt() == 1);
        JsonNode letters = JSON.readTree(run(0, "dlq", "list", "--stage", "sinks", "--sink", "outbox", "--json"));
        JsonNode letter = letters.path("items").path(0);
        assertThat(letters.path("items")).hasSize(1);
        assertThat(letter.path("sink").asText()).isEqualTo("outbox");
        assertThat(letter.path("key").asText()).isEqualTo("bad");
        assertThat(letter.path("topic").asText()).isEqualTo("outbox.notifications");
        assertThat(letter.path("message").asText())
                .contains("constraint refused")
                .doesNotContain("photos");
        assertThat(run(0, "dlq", "list", "--stage", "sinks", "--sink", "quotas"))
                .contains("0 dead letters");
        assertThat(letter.path("event_type").asText()).isEqualTo("s3:ObjectCreated:Put");
        assertThat(letter.path("bucket").asText()).isEqualTo("photos");
        assertThat(get("/api/status").at("/sinks/outbox/dead_letters").asInt()).isEqualTo(1);
        assertThat(run(2, "dlq", "list", "--sink", "outbax")).contains("did you mean outbox?");

        assertThat(run(1, "dlq", "replay", "--stage", "sinks", "--sink", "outbox", "--wait"))
                .contains("1 dead letter put back", "1 refused again");
        assertThat(run(0, "dlq", "list", "--state", "replayed")).contains("refused again", "1 dead letter");
        assertThat(get("/api/status").at("/sinks/outbox/dead_letters").asInt()).isEqualTo(1);

        sql(S3, "ALTER TABLE notification_outbox DROP CONSTRAINT refused");
        assertThat(run(0, "dlq", "replay", "--stage", "sinks", "--sink", "outbox", "--wait"))
                .contains("1 dead letter put back", "1 written");
        assertThat(outboxRows("bad")).isEqualTo("1");
        assertThat(outboxRows("good")).isEqualTo("1");
        assertThat(run(0, "dlq", "list")).contains("0 dead letters");
        assertThat(run(0, "dlq", "replay", "--stage", "sinks")).contains("0 dead letters put back");
        assertThat(get("/api/status").at("/sinks/outbox/dead_letters").asInt()).isZero();
    }

    @Test
    @Order(5)
    void failedSinkReportsItsReasonAndDoesNotBlockOthers() throws Exception {
        sql(S3, "REVOKE INSERT ON notification_outbox FROM waltally");
        sql(S3, "UPDATE object_locations SET size_bytes = 200 WHERE object_key = 'photos/a'");
        sql(S3, "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/c', 'b2', 1)");
        await(() -> "failed".equals(sink("outbox").path("state").asText()));
        assertThat(sink("outbox").path("reason").asText())
                .containsAnyOf("grant it to role waltally", "GRANT INSERT ON public.notification_outbox TO waltally");
        await(() -> bytesUsed().equals("203"));
        assertThat(get("/readyz").path("ready").asBoolean()).isTrue();
        assertThat(run(1, "status"))
                .containsAnyOf("grant it to role waltally", "GRANT INSERT ON public.notification_outbox TO waltally");
        for (SourceSettings source : configuration(0).sources().values()) {
            Migrations.migrate(source, configuration(0).sinks());
        }
        await(() -> outboxRows("c").equals("1"));
        await(() -> "running".equals(sink("outbox").path("state").asText()));
    }

    @Test
    @Order(6)
    void aRecordOfAnotherProducerBehindTheLastTransactionIsNoLag() throws Exception {
        run(0, "sinks", "pause", "replica");
        try (KafkaProducer<byte[], byte[]> foreign = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers.kafka()), new ByteArraySerializer(), new ByteArraySerializer())) {
            foreign.send(new ProducerRecord<>(Source.S3.topicOf("object_locations"), 0, new byte[1], new byte[1]))
                    .get();
        }
        await(() -> sink("replica").at("/lag/records").asLong() > 0);
        run(0, "sinks", "resume", "replica");
        await(() -> "running".equals(sink("replica").path("state").asText())
                && sink("replica").at("/lag/records").asLong() == 0);
    }

    private static Map<String, String> values(int httpPort) {
        Map<String, String> values = new LinkedHashMap<>(FewPartitions.configuration(servers));
        values.put("http.port", Integer.toString(httpPort));
        values.put("streams.state-directory", directory.resolve("state").toString());
        sink(values, "quotas", "backend-quotas");
        sink(values, "collections", "user-collections");
        sink(
                values,
                "outbox",
                "notification-outbox",
                "endpoints[0].url",
                "https://hooks.example.com/x",
                "begin",
                "earliest");
        sink(
                values,
                "lake",
                "iceberg",
                "source",
                "s3",
                "tables",
                "object_locations",
                "warehouse",
                directory.resolve("lake").toString());
        sink(
                values,
                "replica",
                "postgres",
                "source",
                "s3",
                "tables",
                "object_locations, backend_quotas",
                "url",
                servers.jdbcUrl("copies"),
                "user",
                servers.postgres().user());
        return values;
    }

    private static void sink(Map<String, String> values, String name, String type, String... more) {
        String key = "sinks["
                + values.keySet().stream()
                        .filter(known -> known.endsWith("].type"))
                        .count() + "].";
        values.put(key + "name", name);
        values.put(key + "type", type);
        for (int i = 0; i < more.length; i += 2) {
            values.put(key + more[i], more[i + 1]);
        }
    }

    private static Configuration configuration(int httpPort) {
        return Configuration.from(values(httpPort));
    }

    private static Instance start() {
        return Instance.start(configuration(0), EnumSet.allOf(RoleName.class), new StopSignal())
                .orElseThrow();
    }

    /** What the command prints. */
    private static String run(int exitCode, String... arguments) throws IOException {
        return run(new StopSignal(), exitCode, Arrays.asList(arguments));
    }

    private static String run(StopSignal stop, int exitCode, List<String> arguments) throws IOException {
        StringWriter out = new StringWriter();
        assertThat(execute(stop, out, arguments)).as(out.toString()).isEqualTo(exitCode);
        return out.toString();
    }

    private static int execute(StopSignal stop, Writer out, List<String> arguments) throws IOException {
        Path file = Files.writeString(
                directory.resolve("waltally.yml"),
                values(instance.httpPort()).entrySet().stream()
                        .map(value -> "\"" + value.getKey() + "\": \"" + value.getValue() + "\"\n")
                        .collect(Collectors.joining()));
        var line = WaltallyCommand.withSubcommands(
                SinksCommand.withActions(), DlqCommand.withActions(), new StatusCommand(stop));
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(out, true));
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("-c", file.toString()));
        return line.execute(all.toArray(String[]::new));
    }

    private static void awaitApplied() throws Exception {
        Map<String, Lsn> ends = Map.of("s3", end(S3), "sync", end(SYNC));
        await(() -> {
            for (JsonNode sink : get("/api/sinks").path("items")) {
                Lsn end = ends.get(sink.path("name").asText().equals("collections") ? "sync" : "s3");
                JsonNode applied = sink.path("applied_lsn");
                if (!applied.isTextual() || end.isAfter(Lsn.parse(applied.asText()))) {
                    return false;
                }
            }
            return true;
        });
    }

    private static Lsn end(String database) throws SQLException {
        return Lsn.parse(query(database, "SELECT pg_current_wal_insert_lsn()"));
    }

    private static void awaitTally(int bytes) throws Exception {
        await(() -> get("/api/backends/b2").path("bytes_used").asInt() == bytes);
    }

    private static String bytesUsed() throws SQLException {
        return query(S3, "SELECT max(bytes_used) FROM waltally.backend_quotas");
    }

    private static String outboxRows(String subject) throws SQLException {
        return query(S3, "SELECT count(*) FROM notification_outbox WHERE payload->>'subject' = '" + subject + "'");
    }

    private static JsonNode sink(String name) throws Exception {
        return get("/api/sinks/" + name);
    }

    private static void sql(String database, String text) throws SQLException {
        Sql.execute(servers, database, text);
    }

    private static String query(String database, String text) throws SQLException {
        return String.valueOf(Sql.value(servers, database, text));
    }

    private static JsonNode get(String path) {
        return InstanceApi.json(instance, path);
    }

    private static void await(Callable<Boolean> condition) {
        Wait.until(TIMEOUT, () -> "sinks are " + get("/api/sinks"), condition);
    }
}
