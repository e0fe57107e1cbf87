package io.waltally.app.dataloss;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.command.MigrateCommand;
import io.waltally.app.command.ResumeCommand;
import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.command.sink.SinksCommand;
import io.waltally.app.command.topic.TopicsCommand;
import io.waltally.app.command.webhook.WebhooksCommand;
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
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An application on servers whose Kafka can lose something. It writes rows, and its tallies are compared with SQL. */
final class DataLossFixture implements AutoCloseable {
    static final String ID = "losing";
    private static final Logger LOG = LoggerFactory.getLogger(DataLossFixture.class);
    private static final Pattern COMMAND = Pattern.compile("\"waltally ([^\"]+)\"");
    private static final Duration TIMEOUT = Duration.ofSeconds(90);

    private final Path directory;
    private final RestorableServers servers;
    private final Optional<ComparedSinks> sinks;
    private final Map<String, String> settings;
    private final Admin admin;
    private int written;

    /** Runs it once, so that it has tallies and stops in order. */
    DataLossFixture(Path directory) throws Exception {
        this(directory, Optional.empty(), Map.of());
    }

    /**
     * Runs it once, so that it has tallies and tables of sinks, and stops in order.
     *
     * @param settings by dotted key, beside servers, sinks and state directory
     */
    static DataLossFixture withSinks(Path directory, Map<String, String> settings) throws Exception {
        return new DataLossFixture(directory, Optional.of(new ComparedSinks()), settings);
    }

    private DataLossFixture(Path directory, Optional<ComparedSinks> sinks, Map<String, String> settings)
            throws Exception {
        this.directory = directory;
        this.sinks = sinks;
        this.settings = new HashMap<>(settings);
        servers = new RestorableServers(directory);
        admin = Admin.create(Map.of("bootstrap.servers", servers.kafka()));
        Configuration configuration = configuration("state");
        configuration.sources().values().forEach(source -> Migrations.migrate(source, configuration.sinks()));
        s3("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b', 0)");
        runAndWrite();
    }

    RestorableServers servers() {
        return servers;
    }

    void replaceRegistry() throws Exception {
        servers.replaceRegistry();
    }

    Admin admin() {
        return admin;
    }

    /** With a state directory of that name, for the servers as they are now. */
    Configuration configuration(String state) {
        return Configuration.from(values(state));
    }

    private Map<String, String> values(String state) {
        Map<String, String> values = FewPartitions.configuration(servers);
        values.put("http.port", "0");
        values.put("streams.application-id", ID);
        values.put("streams.state-directory", directory.resolve(state).toString());
        sinks.ifPresent(configured -> values.putAll(configured.configuration()));
        values.putAll(settings);
        return values;
    }

    /** Changes a setting from now on. */
    void set(String key, String value) {
        settings.put(key, value);
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
        return start(configuration("state"), roles);
    }

    Instance start(Configuration configuration, Set<RoleName> roles) {
        return Instance.start(configuration, roles, new StopSignal()).orElseThrow();
    }

    /** Waits for a source to fail, and executes the command that its reason names; returns that reason. */
    String resumed(Instance instance, Source source) {
        String path = "/sources/" + source + "/";
        await(
                () -> InstanceApi.json(instance, "/api/status")
                        .at(path + "state")
                        .asText()
                        .equals("failed"),
                () -> InstanceApi.json(instance, "/api/status").toString());
        String reason =
                InstanceApi.json(instance, "/api/status").at(path + "reason").asText();
        Matcher command = COMMAND.matcher(reason);
        assertThat(command.find()).as(reason).isTrue();
        assertThat(command.group(1)).isEqualTo("resume " + source + " --new-epoch");
        // For 30 seconds after the last watermark another process may still capture from the former server.
        await(() -> accepted(instance, command.group(1)), () -> "it is refused");
        return reason;
    }

    private boolean accepted(Instance instance, String command) {
        Outcome outcome = execute(port(instance), command);
        if (outcome.err().contains("wait for 30 s and repeat the command")) {
            return false;
        }
        assertThat(outcome.status()).as("%s: %s", command, outcome).isZero();
        return true;
    }

    /** Waits for each sink to fail, and executes the command that its reason names. */
    void resetSinks(Instance instance, List<String> names) {
        for (String sink : names) {
            await(
                    () -> sinkState(instance, sink).equals("failed"),
                    () -> InstanceApi.json(instance, "/api/sinks").toString());
            assertThat(InstanceApi.json(instance, "/api/sinks/" + sink)
                            .path("reason")
                            .asText())
                    .contains("waltally sinks resume " + sink + " --reset");
            waltally(instance, "sinks resume " + sink + " --reset");
        }
    }

    static String sinkState(Instance instance, String sink) {
        return InstanceApi.json(instance, "/api/sinks/" + sink).path("state").asText();
    }

    /** What a command ended with and printed. */
    private record Outcome(int status, String out, String err) {}

    /** Executes a command, which has to end with 0, with the configuration of the instance; returns its output. */
    String waltally(Instance instance, String command) {
        return waltally(port(instance), command);
    }

    private static Map<String, String> port(Instance instance) {
        return Map.of("http.port", Integer.toString(instance.httpPort()));
    }

    /** Executes a command, which has to end with 0, with these settings; returns its output. */
    String waltally(Map<String, String> changes, String command) {
        Outcome outcome = execute(changes, command);
        assertThat(outcome.status()).as("%s: %s", command, outcome).isZero();
        return outcome.out();
    }

    /** Executes a command, which has to end with 1, with these settings; returns its errors. */
    String failed(Map<String, String> changes, String command) {
        Outcome outcome = execute(changes, command);
        assertThat(outcome.status()).as("%s: %s", command, outcome).isEqualTo(1);
        return outcome.err();
    }

    private Outcome execute(Map<String, String> changes, String command) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        StopSignal stop = new StopSignal();
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of("-c", file(changes).toString()));
        int status = WaltallyCommand.withSubcommands(
                        new MigrateCommand(),
                        new ResumeCommand(),
                        SinksCommand.withActions(),
                        TopicsCommand.withActions(stop),
                        WebhooksCommand.withSides(stop))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
        stop.finished(status);
        LOG.info("waltally {}: {}\n{}{}", command, status, out, err);
        return new Outcome(status, out.toString(), err.toString());
    }

    private Path file(Map<String, String> changes) {
        Map<String, String> values = values("state");
        values.putAll(changes);
        try {
            return Files.writeString(
                    directory.resolve("waltally.yml"),
                    values.entrySet().stream()
                            .map(value -> "\"" + value.getKey() + "\": \"" + value.getValue() + "\"\n")
                            .collect(Collectors.joining()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        Configuration configuration = configuration("state");
        await(
                () -> differences(configuration).isEmpty(),
                () -> differences(configuration) + " " + instance.ended() + InstanceApi.json(instance, "/api/status"));
    }

    private List<String> differences(Configuration configuration) {
        try {
            List<String> differences = new ArrayList<>(Comparison.of(
                            PublishedTallies.read(configuration.kafka(), configuration.catalogue()),
                            new SqlOracle(address(Source.S3)).s3Tallies(),
                            new SqlOracle(address(Source.SYNC)).syncTallies(Instant.now()))
                    .differences());
            sinks.ifPresent(
                    written -> differences.addAll(written.differences(address(Source.S3), address(Source.SYNC))));
            return differences;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private DatabaseAddress address(Source source) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(LocalServers.database(source)),
                servers.postgres().user());
    }

    /** So that capture begins as if it never had. */
    void dropSlots() throws SQLException {
        s3("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
    }

    private void s3(String sql) throws SQLException {
        Sql.execute(servers, PostgresAddress.S3_DATABASE, sql);
    }

    private void sync(String sql) throws SQLException {
        Sql.execute(servers, PostgresAddress.SYNC_DATABASE, sql);
    }

    void deleteTopics(List<String> names) throws Exception {
        admin.deleteTopics(names).all().get();
    }

    int partitionsOf(String topic) throws Exception {
        return admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .size();
    }

    /** Deletes the group of the topologies. */
    void deleteGroup() {
        await(this::groupDeleted, () -> "the group has members");
    }

    /** It can be as soon as its last member has left, or has been away for long enough. */
    private boolean groupDeleted() {
        try {
            admin.deleteConsumerGroups(List.of(ID)).all().get();
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

    static void await(Callable<Boolean> condition, Supplier<String> state) {
        Wait.until(TIMEOUT, state, condition);
    }

    @Override
    public void close() {
        admin.close();
        servers.close();
        sinks.ifPresent(ComparedSinks::close);
    }
}
