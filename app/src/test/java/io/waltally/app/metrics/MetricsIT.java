package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.Lsn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics and status of a pipeline that captures a busy database and an idle one. */
class MetricsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** What needs a minute of growth, a snapshot under way, or something that the minute's round of the Kafka metrics has found. */
    private static final Set<String> LATER = Set.of(
            "waltally_slot_retained_growth_bytes_per_second",
            "waltally_slot_limit_seconds",
            "waltally_snapshot_rows",
            "waltally_snapshot_estimated_rows",
            "kafka_stream_task_dropped_records_total",
            "kafka_stream_topic_dead_letters_total",
            "kafka_producer_topic_record_send_total");

    private static final String SECRET = "not-to-be-seen";

    @TempDir
    private static Path directory;

    private static Infrastructure servers;
    private static Instance instance;

    @BeforeAll
    static void startPipeline() {
        servers = Infrastructure.forTests();
        Map<String, String> values = FewPartitions.configuration(servers);
        values.put("http.port", "0");
        values.put("streams.state-directory", directory.toString());
        values.put("sources.s3.password", SECRET);
        values.put("sources.sync.password", SECRET);
        values.put("webhooks.endpoints[0].url", "https://hooks.example.com/" + SECRET);
        values.put("webhooks.endpoints[0].secrets", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        values.put("webhooks.endpoints[0].events", "collection.changed");
        values.put("sinks[0].name", "quotas");
        values.put("sinks[0].type", "backend-quotas");
        Configuration configuration = Configuration.from(values);
        configuration.sources().values().forEach(source -> Migrations.migrate(source, configuration.sinks()));
        instance = Instance.start(configuration, EnumSet.allOf(RoleName.class), new StopSignal())
                .orElseThrow();
    }

    @AfterAll
    static void stopPipeline() {
        instance.close();
        servers.close();
    }

    @Test
    void whatIsMeasuredIsWhatIsDocumentedAndHoldsNoSecret() throws Exception {
        sql("ALTER SYSTEM SET max_slot_wal_keep_size = '4GB'");
        sql("SELECT pg_reload_conf()");
        sql("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('measured', 1000)");
        Set<String> documented = documentedNames();
        Set<String> atOnce = documented.stream()
                .filter(name -> !LATER.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        String metrics = await("/metrics", text -> names(text).containsAll(atOnce));
        assertThat(documented).containsAll(LATER).containsAll(names(metrics));
        assertThat(metrics)
                .contains("waltally_capture_leader{source=\"s3\"} 1.0", "waltally_capture_leader{source=\"sync\"} 1.0")
                .doesNotContain(SECRET);
        assertThat(metrics.lines().filter(line -> line.startsWith("kafka_stream_thread_process_total{")))
                .as("one line per thread")
                .hasSize(2);
    }

    /** The first cells of the tables. */
    private static Set<String> documentedNames() throws IOException {
        return Pattern.compile("^\\| `([a-z0-9_]+)` \\|", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("../docs/operations.md")))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
    }

    private static Set<String> names(String metrics) {
        return metrics.lines()
                .filter(line -> line.startsWith("waltally_") || line.startsWith("kafka_"))
                .map(line -> line.replaceFirst("(_bucket|_count|_sum)?[{ ].*", ""))
                .collect(Collectors.toSet());
    }

    @Test
    void theSlotsOfBothSourcesFollowABusyServerAndSurviveAFailover() throws Exception {
        Lsn before = serverLsn();
        for (int i = 0; i < 64; i++) {
            sql("SELECT pg_logical_emit_message(false, 'busy', repeat('x', 1048576))");
        }
        sql("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1000)");
        Lsn after = serverLsn();
        assertThat(after.minus(before)).isGreaterThan(64L << 20);
        await("/api/status", text -> {
            // The server looks for the oldest WAL that a slot needs when it writes a snapshot of what runs.
            sql("CHECKPOINT");
            JsonNode sources = json(text).path("sources");
            return sources.size() == 2
                    && sources.findValuesAsText("restart_lsn").stream()
                            .allMatch(restart -> Lsn.parse(restart).compareTo(after) >= 0);
        });
        JsonNode sources = json(get("/api/status")).path("sources");
        assertThat(sources.findValues("failover")).hasSize(2).allMatch(JsonNode::asBoolean);
    }

    private static Lsn serverLsn() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static void sql(String text) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(
                servers.jdbcUrl(PostgresAddress.S3_DATABASE), servers.postgres().user(), "");
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String await(String path, Predicate<String> condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String last = get(path);
        while (!condition.test(last)) {
            assertThat(System.nanoTime()).as("%s in time, last %s", path, last).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(200);
            last = get(path);
        }
        return last;
    }

    private static String get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + instance.httpPort() + path))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
