package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.Lsn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics and status of a pipeline that captures a busy database and an idle one. */
class MetricsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(90);

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
        for (String limit : List.of("api-requests", "egress-bytes", "ingress-bytes")) {
            values.put("streams.usage-limits.measured." + limit, "1000");
        }
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
        sql("INSERT INTO backend_usage (backend_name, period, api_requests) VALUES ('measured', '2026-11', 7)");
        Wait.until(
                TIMEOUT,
                () -> InstanceApi.text(instance, "/api/users"),
                () -> InstanceApi.text(instance, "/api/users").contains("totals"));
        Set<String> documented = documentedNames();
        Set<String> atOnce = documented.stream()
                .filter(name -> !LATER.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        Wait.until(
                TIMEOUT,
                () -> documented + " instead of " + names(InstanceApi.text(instance, "/metrics")),
                () -> names(InstanceApi.text(instance, "/metrics")).containsAll(atOnce));
        String metrics = InstanceApi.text(instance, "/metrics");
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
        JsonNode status = InstanceApi.await(instance, "/api/status", TIMEOUT, answer -> {
            // The server looks for the oldest WAL that a slot needs when it writes a snapshot of what runs.
            sql("CHECKPOINT");
            JsonNode sources = answer.path("sources");
            return sources.size() == 2
                    && sources.findValuesAsText("restart_lsn").stream()
                            .allMatch(restart -> Lsn.parse(restart).compareTo(after) >= 0);
        });
        assertThat(status.path("sources").findValues("failover")).hasSize(2).allMatch(JsonNode::asBoolean);
    }

    private static Lsn serverLsn() throws SQLException {
        try (Connection connection = Sql.connect(servers)) {
            return Sql.end(connection);
        }
    }

    private static void sql(String text) {
        try {
            Sql.execute(servers, PostgresAddress.S3_DATABASE, text);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
