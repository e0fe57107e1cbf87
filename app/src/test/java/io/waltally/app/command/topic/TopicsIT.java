package io.waltally.app.command.topic;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** {@code waltally topics} on real servers: the topics of one cluster, from their creation on. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TopicsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final String OBJECTS = "s3.public.object_locations";
    private static final String QUOTAS = "s3.public.backend_quotas";

    @TempDir
    private static Path directory;

    private static Infrastructure servers;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void startServers() {
        servers = Infrastructure.forTests();
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @Test
    @Order(1)
    void topicCreationErrorNamesTheSetting() throws Exception {
        assertThat(topics(Map.of("topics.replication-factor", "3"), "create")).isEqualTo(1);
        assertThat(err.toString()).contains("topics.replication-factor is 3, and the cluster has 1 broker; ");
        assertThat(topics(Map.of("topics.properties.compression.type", "zip"), "create"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("compression.type", "topics.properties");
        assertThat(topics(Map.of(), "describe")).isEqualTo(1);
        assertThat(out.toString()).contains("! does not exist ('waltally topics create')");

        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.kafka()))) {
            String colliding = "agg_backend-quotas";
            String onePartition = "agg.user-storage";
            admin.createTopics(List.of(
                            new NewTopic(colliding, Optional.of(1), Optional.empty()),
                            new NewTopic(onePartition, Optional.of(1), Optional.empty())))
                    .all()
                    .get();
            assertThat(topics(Map.of("topics.properties.compression.type", "zstd"), "create"))
                    .isEqualTo(1);
            assertThat(err.toString())
                    .contains(" missing topics; the others were created:")
                    .contains("  agg.backend-quotas: Topic 'agg.backend-quotas' collides with existing topic: "
                            + colliding + "; delete the topic that is in the way")
                    .contains("  " + onePartition + ": partitions is 1, wanted is 4");
            admin.deleteTopics(List.of(colliding, onePartition)).all().get();
        }
        await(() -> topics(Map.of("topics.properties.compression.type", "zstd"), "create") == 0);
        assertThat(out.toString()).contains("created agg.");
        assertThat(topics(Map.of("topics.properties.compression.type", "zstd"))).isZero();
        assertThat(out.toString()).contains("0 missing; 0 differences that break a guarantee, 0 other ones");
        assertThat(topics(Map.of(), "describe", "--json", OBJECTS)).isZero();
        JsonNode described = JSON.readTree(out.toString()).at("/items/0");
        assertThat(described.path("exists").asBoolean()).isTrue();
        assertThat(described.path("properties").toString())
                .contains("{\"name\":\"partitions\",\"wanted\":\"4\",\"actual\":\"4\",\"deviation\":\"none\"}")
                .contains("{\"name\":\"replication.factor\",\"wanted\":null,\"actual\":\"1\",\"deviation\":\"none\"}");
    }

    @Test
    @Order(2)
    void aChangedRetentionIsRefusedWithARemedyThatWorks() throws Exception {
        Map<String, String> longer = Map.of("topics.complete-history", "14d", "topics.notification-retention", "1d");
        assertThat(topics(longer, "create")).isEqualTo(1);
        assertThat(err.toString())
                .contains("  " + OBJECTS + ": min.compaction.lag.ms is 7d, wanted is 14d")
                .contains("'waltally topics alter'")
                .doesNotContain("retention.ms")
                .hasSizeLessThan(1_100);

        assertThat(topics(longer, "alter", "--dry-run")).isZero();
        assertThat(out.toString())
                .contains("min.compaction.lag.ms            7d -> 14d")
                .contains("retention.ms                     7d -> 1d: records older than 1d are deleted")
                .contains("12 properties would be changed");
        assertThat(topics(longer, "alter")).as("without a terminal").isEqualTo(2);
        assertThat(err.toString()).contains("Without a terminal this has to be confirmed with --yes");
        assertThat(topics(longer, "describe")).isEqualTo(1);
        assertThat(out.toString()).contains("  ! min.compaction.lag.ms is 7d, wanted is 14d", "  ~ retention.ms is 7d");

        assertThat(topics(longer, "alter", "--yes")).isZero();
        assertThat(out.toString()).contains("12 properties changed");
        await(() -> topics(longer, "describe") == 0 && out.toString().contains(" 0 other ones"));
        assertThat(topics(longer, "alter")).isZero();
        assertThat(out.toString()).contains("nothing to change");
        assertThat(topics(longer, "create")).isZero();

        assertThat(topics(Map.of("topics.notification-retention", "1d"), "create"))
                .as("more than is promised")
                .isZero();
        assertThat(out.toString()).contains("~ " + OBJECTS + ": min.compaction.lag.ms is 14d, wanted is 7d");
        assertThat(topics(Map.of(), "alter", "--yes")).isZero();
        await(() -> topics(Map.of(), "describe") == 0);
    }

    @Test
    @Order(3)
    void manualTopicChangesAreRejectedOnlyIfTheyBreakAGuarantee() throws Exception {
        byHand(OBJECTS, "segment.ms", "3600000");
        byHand(OBJECTS, "max.message.bytes", "33554432");
        await(() -> topics(Map.of(), "describe") == 0 && out.toString().contains("~ max.message.bytes is 33554432"));
        byHand(OBJECTS, "cleanup.policy", "compact,delete");
        await(() -> topics(Map.of(), "create") == 1);
        assertThat(err.toString()).contains(OBJECTS + ": cleanup.policy is compact,delete, wanted is compact");
        assertThat(topics(Map.of(), "alter", OBJECTS, "--yes")).isZero();
        await(() -> topics(Map.of(), "create") == 0);

        assertThat(topics(Map.of("topics.partitions", "8"), "alter", "--yes"))
                .as("partitions cannot be altered")
                .isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "partitions is 4, wanted is 8: not changed",
                        "partitions is not changed, because it decides",
                        "set topics.partitions to 4");
        assertThat(topics(Map.of(), "alter", "s3.public.objects")).isEqualTo(2);
    }

    @Test
    @Order(4)
    void recordsAndTransactionsAreReadAsTheyAre() throws Exception {
        Configuration configuration = Configuration.from(values(Map.of()));
        configuration.sources().values().forEach(Migrations::migrate);
        try (Connection writer = Sql.connect(servers)) {
            Sql.execute(writer, "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1000)");
            try (Instance instance = Instance.start(configuration, Set.of(RoleName.CAPTURE), new StopSignal())
                    .orElseThrow()) {
                Wait.untilCaptured(instance, Sql.end(writer));
                // When
                writer.setAutoCommit(false);
                Sql.execute(writer, Sql.insert("photos/a"), Sql.insert("photos/b"), Sql.insert("photos/c"));
                Sql.execute(writer, "UPDATE backend_quotas SET bytes_limit = 2000");
                final long first = Long.parseLong(Sql.value(writer, "SELECT pg_current_xact_id()::text"));
                writer.commit();
                Sql.execute(writer, Sql.insert("photos/undone"));
                writer.rollback();
                Sql.execute(writer, "DELETE FROM object_locations WHERE object_key = 'photos/a'");
                final long second = Long.parseLong(Sql.value(writer, "SELECT pg_current_xact_id()::text"));
                writer.commit();
                writer.setAutoCommit(true);
                Wait.untilCaptured(instance, Sql.end(writer));

                // Then
                List<JsonNode> records = read(OBJECTS);
                assertThat(records).hasSize(5);
                assertThat(keys(records)).containsOnly("photos/a", "photos/b", "photos/c");
                assertThat(read(OBJECTS, "--key", "photos/a"))
                        .extracting(record -> record.at("/value/op").asText())
                        .containsExactly("c", "d", "");
                assertThat(read(OBJECTS, "--key", "{\"object_key\": \"photos/b\", \"backend_name\": \"b2\"}"))
                        .singleElement()
                        .satisfies(record -> assertThat(
                                        record.at("/value/after/size_bytes").asLong())
                                .isEqualTo(1));
                assertThat(read(OBJECTS, "--limit", "2")).hasSize(2);
                assertThat(read(OBJECTS, "--since", "0s")).isEmpty();
                assertThat(read(OBJECTS, "--since", "1h")).hasSize(5);
                assertThat(read("_waltally.watermarks", "--limit", "1"))
                        .singleElement()
                        .satisfies(mark ->
                                assertThat(mark.at("/value/lsn").asText()).matches("[0-9A-F]+/[0-9A-F]+"));

                List<JsonNode> transactions = read(OBJECTS, "--transactions");
                assertThat(transactions)
                        .extracting(transaction ->
                                transaction.path("transaction_id").asLong())
                        .containsExactly(first, second);
                assertThat(transactions.get(0).path("records"))
                        .extracting(record -> record.path("topic").asText())
                        .containsExactly(OBJECTS, OBJECTS, OBJECTS, QUOTAS);
                assertThat(transactions.get(0).path("lsn").asText()).matches("[0-9A-F]+/[0-9A-F]+");
                assertThat(transactions.get(1).path("records")).hasSize(2);
                assertThat(read("s3", "--transactions"))
                        .extracting(transaction -> transaction.path("snapshot").asBoolean())
                        .containsExactly(true, false, false);
                assertThat(read(OBJECTS, "--transactions", "--key", "photos/c")).hasSize(1);
                assertThat(topics(Map.of(), "read", OBJECTS, "--transactions", "--limit", "1"))
                        .isZero();
                assertThat(out.toString()).startsWith("transaction " + first + " of s3, epoch 0, LSN ");

                follow(writer);
            }
        }
        assertThat(topics(Map.of(), "read", "object_location")).isEqualTo(2);
        assertThat(topics(Map.of(), "read", "object_locations")).isEqualTo(2);
        assertThat(topics(Map.of(), "read", "s3.public.object_location")).isEqualTo(2);
        assertThat(err.toString()).contains("no topic \"s3.public.object_location\"; did you mean " + OBJECTS + "?");
        assertThat(topics(Map.of(), "read", "agg.backend-quotas", "--transactions"))
                .isEqualTo(2);
    }

    /** Ends with 0 when it is stopped, and shows what was written meanwhile. */
    private static void follow(Connection writer) throws Exception {
        for (List<String> mode : List.of(List.<String>of(), List.of("--transactions"))) {
            List<String> command = new ArrayList<>(List.of("read", OBJECTS, "--follow", "--since", "0s", "--json"));
            command.addAll(mode);
            StopSignal stop = new StopSignal();
            StringWriter printed = new StringWriter();
            CompletableFuture<Integer> following = CompletableFuture.supplyAsync(() -> {
                try {
                    return execute(
                            stop, printed, new StringWriter(), arguments(Map.of(), command.toArray(String[]::new)));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            int[] written = {0};
            await(() -> {
                Sql.execute(writer, Sql.insert("followed/" + mode.size() + "/" + written[0]++));
                return printed.toString().contains("followed/" + mode.size() + "/");
            });
            stop.request();
            assertThat(following.get(10, TimeUnit.SECONDS)).isZero();
        }
    }

    private List<JsonNode> read(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("read", "--json"));
        command.addAll(List.of(arguments));
        assertThat(topics(Map.of(), command.toArray(String[]::new)))
                .as(err.toString())
                .isZero();
        return out.toString()
                .lines()
                .map(line -> {
                    try {
                        return JSON.readTree(line);
                    } catch (IOException e) {
                        throw new AssertionError(line, e);
                    }
                })
                .toList();
    }

    private static List<String> keys(List<JsonNode> records) {
        return records.stream()
                .map(record -> record.at("/key/object_key").asText())
                .toList();
    }

    /** Runs the command with the configuration of the servers and these values. Keeps its output of this run only. */
    private int topics(Map<String, String> values, String... arguments) throws IOException {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        StopSignal stop = new StopSignal();
        return execute(stop, out, err, arguments(values, arguments));
    }

    private static int execute(StopSignal stop, StringWriter out, StringWriter err, List<String> arguments) {
        try {
            return WaltallyCommand.withSubcommands(TopicsCommand.withActions(stop))
                    .setOut(new PrintWriter(out, true))
                    .setErr(new PrintWriter(err, true))
                    .execute(arguments.toArray(String[]::new));
        } finally {
            stop.finished(0);
        }
    }

    private static List<String> arguments(Map<String, String> values, String... arguments) throws IOException {
        Path file = Files.createTempFile(directory, "waltally", ".yml");
        Files.writeString(
                file,
                values(values).entrySet().stream()
                        .map(value -> value.getKey() + ": \"" + value.getValue() + "\"\n")
                        .collect(Collectors.joining()));
        List<String> all = new ArrayList<>(List.of("topics"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("-c", file.toString()));
        return all;
    }

    private static Map<String, String> values(Map<String, String> others) {
        Map<String, String> values = LocalServers.configuration(servers);
        values.put("http.port", "0");
        values.putAll(others);
        return values;
    }

    private static void byHand(String topic, String property, String value) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.kafka()))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, topic),
                            List.of(new AlterConfigOp(new ConfigEntry(property, value), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    private static void await(Callable<Boolean> condition) {
        Wait.until(TIMEOUT, () -> "the condition", condition);
    }
}
