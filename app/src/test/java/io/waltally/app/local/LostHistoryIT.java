package io.waltally.app.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.ConfigException;
import io.waltally.app.config.Configuration;
import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.PublishedTallies;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.RoleName;
import io.waltally.app.run.StopSignal;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.AvroSerdes;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
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
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka lost a part of what tallies were made from, or tallies themselves: topics or records were deleted, offsets
 * expired, a backup was restored. The loss is reported, and after the reported remedy every tally equals SQL. Each test
 * begins and ends with an application that has stopped in order.
 */
class LostHistoryIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String APPLICATION = "losing";
    private static final String WAY_OUT = "--delete --group " + APPLICATION;
    private static final String OBJECTS = "s3.public.object_locations";

    @TempDir
    private static Path directory;

    private static RestorableServers servers;
    private static Admin admin;
    private static Configuration configuration;
    private static int written;

    @BeforeAll
    static void startServers() throws Exception {
        servers = new RestorableServers(directory);
        admin = Admin.create(Map.of("bootstrap.servers", servers.kafka()));
        configuration = configuration("state");
        configuration.sources().values().forEach(Migrations::migrate);
        s3("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b', 0)");
        runAndWrite();
    }

    @AfterAll
    static void stopServers() {
        admin.close();
        servers.close();
    }

    private static Configuration configuration(String state) {
        Map<String, String> values = LocalServers.configuration(servers);
        values.put("http.port", "0");
        values.put("streams.application-id", APPLICATION);
        values.put("streams.state-directory", directory.resolve(state).toString());
        return Configuration.from(values);
    }

    @Test
    void tallyTopicsThatWereDeleted() throws Exception {
        deleteTopics(List.of("agg.backend-quotas", "outbox.notifications"));
        assertStartRefused("agg.backend-quotas was deleted and created again");
        beginAnew();
        runAndWrite();
    }

    @Test
    void aTallyTopicThatIsDeletedWhileItIsRead() throws Exception {
        try (Instance instance = start(EnumSet.allOf(RoleName.class))) {
            deleteTopics(List.of("agg.bucket-usage"));
            await(() -> instance.ended().isPresent(), () -> "runs on");
            assertThat(instance.ended().orElseThrow()).contains("topic agg.bucket-usage");
        }
        assertStartRefused("agg.bucket-usage was deleted and created again");
        beginAnew();
        runAndWrite();
    }

    @Test
    void aChangelogThatWasDeleted() throws Exception {
        deleteTopics(List.of(APPLICATION + "-objects-changelog"));
        assertStartRefused(APPLICATION + "-objects-changelog does not exist any more");
        deleteGroup();
        assertStartRefused(APPLICATION + "-objects-changelog does not exist any more");
        beginAnew();
        runAndWrite();
    }

    /** As after a change of the topologies: nothing says that the changelog ever existed. */
    @Test
    void stateOfAnotherVersion() throws Exception {
        deleteTopics(List.of(APPLICATION + "-objects-changelog", "_waltally.states"));
        assertStartRefused(configuration("another"), "there is no topic " + APPLICATION + "-objects-changelog");
        beginAnew();
        runAndWrite();
    }

    @Test
    void aCdcTopicThatWasMadeAnew() throws Exception {
        deleteTopics(List.of(OBJECTS));
        assertStartRefused(OBJECTS + " was deleted and created again");
        // Where no local state says so.
        assertStartRefused(configuration("fresh"), OBJECTS + " was deleted and created again");
        beginAnew();
        try (Instance instance = start(EnumSet.allOf(RoleName.class))) {
            assertThat(resumed(instance, Source.S3)).contains(OBJECTS);
            write();
            awaitEqual(instance);
        }
    }

    @Test
    void offsetsThatExpired() throws Exception {
        deleteGroup();
        runAndWrite();
    }

    @Test
    void recordsThatWereDeletedBeforeTheyWereTallied() throws Exception {
        try (Instance instance = start(EnumSet.of(RoleName.CAPTURE))) {
            write();
            awaitCaptured(instance, position());
        }
        deleteRecords(OBJECTS);
        assertStartRefused("records were deleted before they were tallied");
        beginAnew();
        try (Instance instance = start(EnumSet.allOf(RoleName.class))) {
            instance.resume(Source.S3, true, true);
            write();
            awaitEqual(instance);
        }
    }

    @Test
    void aBackupThatWasRestoredWhileNothingRan() throws Exception {
        servers.backUpKafka();
        List<String> before = setAside();
        runAndWrite();
        servers.restoreKafka();
        resumeUntilEqual();
        assertThat(setAside()).hasSize(1).isNotEqualTo(before);
    }

    @Test
    void aBackupThatWasRestoredWhileItRuns() throws Exception {
        servers.backUpKafka();
        List<String> before = setAside();
        try (Instance instance = start(EnumSet.allOf(RoleName.class))) {
            write();
            awaitEqual(instance);
            servers.restoreKafka();
            await(
                    () -> instance.ended().isPresent(),
                    () -> get(instance, "/api/status").toString());
        }
        resumeUntilEqual();
        assertThat(setAside()).hasSize(1).isNotEqualTo(before);
    }

    private static List<String> setAside() throws IOException {
        try (Stream<Path> entries = Files.list(directory.resolve("state"))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith(APPLICATION + ".set-aside-"))
                    .toList();
        }
    }

    private static void resumeUntilEqual() throws Exception {
        try (Instance instance = start(EnumSet.allOf(RoleName.class))) {
            for (Source source : Source.values()) {
                resumed(instance, source);
            }
            write();
            awaitEqual(instance);
        }
    }

    /** Waits for a source to fail, and does what its reason says; returns that. */
    private static String resumed(Instance instance, Source source) {
        String path = "/sources/" + source + "/";
        await(
                () -> get(instance, "/api/status").at(path + "state").asText().equals("failed"),
                () -> get(instance, "/api/status").toString());
        String reason = get(instance, "/api/status").at(path + "reason").asText();
        assertThat(reason).contains("waltally resume " + source + " --new-epoch");
        instance.resume(source, true, false);
        return reason;
    }

    private static void runAndWrite() throws Exception {
        try (Instance instance = start(EnumSet.allOf(RoleName.class))) {
            write();
            awaitEqual(instance);
        }
    }

    private static Instance start(Set<RoleName> roles) {
        return start(configuration, roles);
    }

    private static Instance start(Configuration configuration, Set<RoleName> roles) {
        return Instance.start(configuration, roles, new StopSignal()).orElseThrow();
    }

    private static void assertStartRefused(String reason) {
        assertStartRefused(configuration, reason);
    }

    private static void assertStartRefused(Configuration refused, String reason) {
        assertThatThrownBy(() -> start(refused, EnumSet.allOf(RoleName.class)).close())
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(reason, WAY_OUT);
    }

    /** The two commands that the error names. */
    private static void beginAnew() throws Exception {
        deleteGroup();
        deleteTopics(admin.listTopics().names().get().stream()
                .filter(name -> name.startsWith(APPLICATION + "-"))
                .toList());
    }

    private static void deleteTopics(List<String> names) throws Exception {
        admin.deleteTopics(names).all().get();
    }

    private static void deleteGroup() {
        await(LostHistoryIT::groupDeleted, () -> "the group has members");
    }

    /** It can be as soon as its last member has left, or has been away for long enough. */
    private static boolean groupDeleted() {
        try {
            admin.deleteConsumerGroups(List.of(APPLICATION)).all().get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return true;
            }
            assertThat(e).hasCauseInstanceOf(GroupNotEmptyException.class);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Kafka allows it of topics with a retention only. */
    private static void deleteRecords(String topic) throws Exception {
        setCleanupPolicy(topic, "compact,delete");
        Map<TopicPartition, OffsetSpec> partitions =
                admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().stream()
                        .collect(Collectors.toMap(
                                partition -> new TopicPartition(topic, partition.partition()),
                                partition -> OffsetSpec.latest()));
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        admin.listOffsets(partitions)
                .all()
                .get()
                .forEach((partition, end) -> all.put(partition, RecordsToDelete.beforeOffset(end.offset())));
        admin.deleteRecords(all).all().get();
        setCleanupPolicy(topic, "compact");
    }

    private static void setCleanupPolicy(String topic, String policy) throws Exception {
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(
                                new ConfigEntry(TopicConfig.CLEANUP_POLICY_CONFIG, policy), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    /** Rows that come, change and go, so that what is lost or taken twice shows in a sum. */
    private static void write() throws SQLException {
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

    private static Lsn position() throws SQLException {
        try (Connection connection = connect(PostgresAddress.S3_DATABASE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    private static void awaitCaptured(Instance instance, Lsn position) {
        await(
                () -> instance.captured(Source.S3)
                        .filter(captured -> !position.isAfter(captured))
                        .isPresent(),
                () -> get(instance, "/api/status").toString());
    }

    private static void awaitEqual(Instance instance) {
        TopicCatalogue topics = new TopicCatalogue(
                configuration.topics(),
                new AvroSerdes(configuration.registry().url().toString()));
        await(
                () -> differences(topics).isEmpty(),
                () -> differences(topics) + " " + instance.ended() + get(instance, "/api/status"));
    }

    private static List<String> differences(TopicCatalogue topics) {
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

    private static DatabaseAddress address(Source source) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(LocalServers.database(source)),
                servers.postgres().user());
    }

    private static void s3(String sql) throws SQLException {
        execute(PostgresAddress.S3_DATABASE, sql);
    }

    private static void sync(String sql) throws SQLException {
        execute(PostgresAddress.SYNC_DATABASE, sql);
    }

    private static void execute(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                servers.jdbcUrl(database), servers.postgres().user(), "");
    }

    private static JsonNode get(Instance instance, String path) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + instance.httpPort() + path))
                    .build();
            return new ObjectMapper()
                    .readTree(HttpClient.newHttpClient()
                            .send(request, HttpResponse.BodyHandlers.ofString())
                            .body());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition, Supplier<String> state) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("in vain: " + state.get());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }
}
