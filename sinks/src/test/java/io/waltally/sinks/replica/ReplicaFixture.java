package io.waltally.sinks.replica;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.embedded.Infrastructure;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.schemas.CompleteTables;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicSettings;
import io.waltally.sinks.control.SinkControls;
import io.waltally.sinks.engine.Sink;
import io.waltally.sinks.engine.SinkDeadLetters;
import io.waltally.sinks.engine.SinkInput;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/** A source with a running capture, and a database of the same server for its replicas. */
final class ReplicaFixture implements AutoCloseable {
    static final String SINK = "replica";
    static final String SCHEMA = "copies";

    private static final String SOURCE_DATABASE = "replicated";
    private static final String TARGET_DATABASE = "replicas";
    private static final Duration AWAIT_TIMEOUT = Duration.ofMinutes(5);
    private static final int MAX_RETRIES = 3;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Source source;
    private final List<String> tables;
    private final Infrastructure infrastructure = Infrastructure.forTests();
    private final List<Runnable> opened = new ArrayList<>();
    private final TopicCatalogue catalogue = new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes(registry()));
    private final Connection writer;
    private final Connection target;
    private Capture capture;

    /** @param ddl makes the tables */
    ReplicaFixture(Source source, List<String> tables, String... ddl) throws Exception {
        this.source = source;
        this.tables = tables;
        try (Connection admin = connect("postgres")) {
            execute(admin, "CREATE DATABASE " + SOURCE_DATABASE);
            execute(admin, "CREATE DATABASE " + TARGET_DATABASE);
        }
        writer = connect(SOURCE_DATABASE);
        target = connect(TARGET_DATABASE);
        migrate(source.defaultTables());
        for (String statement : ddl) {
            sql(statement);
        }
        List<String> all = allTables();
        migrate(all);
        execute(target, "CREATE ROLE replicator LOGIN");
        execute(target, "GRANT CREATE ON DATABASE " + TARGET_DATABASE + " TO replicator");
        try (Admin admin = Admin.create(kafka())) {
            Map<String, Topic<?, ?>> topics = new HashMap<>();
            catalogue.all().forEach(topic -> topics.put(topic.name(), topic));
            tables.forEach(table -> topics.put(source.topicOf(table), catalogue.changesOf(source, table)));
            new TopicProvisioning(admin).create(topics.values());
        }
    }

    private List<String> allTables() {
        return Stream.concat(source.defaultTables().stream(), tables.stream())
                .distinct()
                .toList();
    }

    private void migrate(List<String> captured) {
        new Migrator()
                .migrate(MigrationTarget.of(
                                Application.valueOf(source.name()),
                                infrastructure.jdbcUrl(SOURCE_DATABASE),
                                new Credentials(infrastructure.postgres().user(), Optional.empty()))
                        .withTables(captured));
    }

    /** Reads the rows that are there, then streams. */
    void capture() throws InterruptedException {
        CaptureConfig config = CaptureConfig.of(
                        source,
                        new DatabaseLogin(infrastructure.jdbcUrl(SOURCE_DATABASE), "waltally", Optional.empty()))
                .withTables(allTables());
        capture = new Capture(config, kafkaTarget());
        opened.add(capture::close);
        capture.start();
        waitFor("streaming", () -> {
            if (capture.status().state() == CaptureState.FAILED) {
                throw new AssertionError(capture.status().toString());
            }
            return capture.status().state() == CaptureState.STREAMING;
        });
    }

    Capture running() {
        return capture;
    }

    private KafkaTarget kafkaTarget() {
        return new KafkaTarget(catalogue, kafka(), RegistryAccess.of(registry()), Duration.ofMinutes(1));
    }

    Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", infrastructure.kafka());
    }

    String registry() {
        return infrastructure.registry().toString();
    }

    /** As the sink's role, which is no superuser. */
    SinkDatabase targetDatabase() {
        return new SinkDatabase(
                SINK, new SinkLogin(infrastructure.jdbcUrl(TARGET_DATABASE), "replicator", ""), TIMEOUT, TIMEOUT);
    }

    Connection connectToTarget() throws SQLException {
        return connect(TARGET_DATABASE);
    }

    Connection connectToSource() throws SQLException {
        return connect(SOURCE_DATABASE);
    }

    ForeignRecords foreignRecords(Random random) {
        return new ForeignRecords(tables.stream().map(source::topicOf).toList(), kafka(), random);
    }

    /** The places of the records that sinks have set aside. */
    Set<String> setAside(ForeignRecords foreign) {
        return foreign.setAside(catalogue.sinksDeadLetters().name());
    }

    /** What is needed to run sinks. */
    record Parts(SinkControls controls, SinkDeadLetters deadLetters) {}

    Parts parts() {
        SinkControls controls = new SinkControls(catalogue, kafka());
        opened.add(controls::close);
        controls.start();
        SinkDeadLetters deadLetters = new SinkDeadLetters(catalogue, kafka());
        opened.add(deadLetters::close);
        return new Parts(controls, deadLetters);
    }

    /** @param wrap may make the target fail */
    SinkRunner sink(Parts parts, boolean atomic, UnaryOperator<Target> wrap) {
        return sink(SINK, SCHEMA, parts, atomic, wrap);
    }

    /** @param wrap may make the target fail */
    SinkRunner sink(String name, String schema, Parts parts, boolean atomic, UnaryOperator<Target> wrap) {
        var topics = tables.stream().map(source::topicOf).collect(Collectors.toSet());
        SinkInput input = atomic
                ? new SinkInput.Transactions(source, topics)
                : new SinkInput.Partitions(topics, SinkInput.Start.BEGINNING, SinkInput.Order.LATEST_PER_KEY);
        Sink sink = new Sink(
                name,
                "postgres",
                "replicas",
                source,
                input,
                atomic ? Sink.OnRefused.STOP : Sink.OnRefused.DEAD_LETTER,
                () -> wrap.apply(new ReplicaTarget(
                        name, targetDatabase(), source, tables, schema, RegistryAccess.of(registry()))),
                this::published);
        SinkRunner runner =
                new SinkRunner(sink, "waltally-sinks-", catalogue, kafka(), parts.controls(), parts.deadLetters());
        runner.start();
        return runner;
    }

    private Optional<CompletePosition> published() {
        List<String> topics = tables.stream().map(source::topicOf).toList();
        return kafkaTarget()
                .watermarks()
                .lastVisible(source)
                .filter(watermark ->
                        CompleteTables.lacking(source, watermark, topics).isEmpty())
                .map(watermark -> new CompletePosition(
                        source, watermark.getEpoch(), new Lsn(watermark.getLsn()), watermark.getCommittedAt()));
    }

    /** Waits until the replicas have everything that has committed by now. */
    void awaitReplicated(SinkRunner runner) throws Exception {
        Lsn end = Lsn.parse(text(writer, "SELECT pg_current_wal_insert_lsn()::text"));
        waitFor(
                "replicated up to " + end,
                () -> {
                    if (capture.status().state() == CaptureState.FAILED) {
                        throw new AssertionError(capture.status().toString());
                    }
                    if (runner.status().retries() > MAX_RETRIES) {
                        throw new AssertionError(runner.status().toString());
                    }
                    return runner.status()
                            .completeTo()
                            .filter(reached -> reached.lsn().compareTo(end) >= 0)
                            .isPresent();
                },
                () -> capture.status() + " " + runner.status());
    }

    void sql(String statement) throws SQLException {
        execute(writer, statement);
    }

    Connection writer() {
        return writer;
    }

    Connection target() {
        return target;
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static String text(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    static void waitFor(String what, BooleanSupplier condition) throws InterruptedException {
        waitFor(what, condition, () -> "");
    }

    private static void waitFor(String what, BooleanSupplier condition, Supplier<String> state)
            throws InterruptedException {
        long deadline = System.nanoTime() + AWAIT_TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + AWAIT_TIMEOUT + ": " + what + " " + state.get());
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                infrastructure.jdbcUrl(database), infrastructure.postgres().user(), "");
    }

    @Override
    public void close() throws SQLException {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).run();
        }
        writer.close();
        target.close();
        infrastructure.close();
    }
}
