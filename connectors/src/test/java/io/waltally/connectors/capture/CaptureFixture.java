package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.CapturedTopics.waitFor;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresServer;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.migrations.Store;
import io.waltally.schemas.AvroSerdes;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.RegistryAccess;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.TopicSettings;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicContradictionException;
import io.waltally.schemas.topic.TopicProvisioning;
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
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One source per test: its own migrated database, empty topics, and captures that are closed with the test. All tests
 * of the JVM share the servers.
 */
public final class CaptureFixture implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(CaptureFixture.class);

    private static int databases;

    private final Source source;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Infrastructure infrastructure;
    private String database;
    private Connection writer;
    private TopicCatalogue catalogue;
    private CaptureConfig config;

    public CaptureFixture(Source source) {
        this.source = source;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        infrastructure = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(Infrastructure.class, type -> Infrastructure.forTests(), Infrastructure.class);
        database = "capture_" + databases++;
        admin("CREATE DATABASE " + database);
        String url = infrastructure.jdbcUrl(database);
        writer = DriverManager.getConnection(url, infrastructure.postgres().user(), "");
        catalogue = new TopicCatalogue(
                TopicSettings.DEFAULTS, new AvroSerdes(infrastructure.registry().toString()));
        config = CaptureConfig.of(source, new DatabaseLogin(url, "waltally", Optional.empty()));
        migrate();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        opened.clear();
        // The server notices moments later that the client has gone.
        waitFor("slots released", () -> {
            try (Connection connection = adminConnection();
                    Statement statement = connection.createStatement();
                    ResultSet active = statement.executeQuery(
                            "SELECT FROM pg_replication_slots WHERE active AND database = '" + database + "'")) {
                return !active.next();
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
        writer.close();
        admin("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '" + database
                + "'");
        admin("DROP DATABASE " + database + " WITH (FORCE)");
        try (Admin admin = Admin.create(kafka())) {
            List<String> names = topics().map(Topic::name).toList();
            admin.deleteTopics(names).all().get();
            waitFor("topics deleted", () -> topicNames(admin).stream().noneMatch(names::contains));
        }
    }

    /** Creates tables, publication, role and topics; idempotent. */
    void migrate() {
        new Migrator()
                .migrate(MigrationTarget.of(
                                Store.valueOf(source.name()),
                                config.database().url(),
                                new Credentials(infrastructure.postgres().user(), Optional.empty()))
                        .withTables(config.tables()));
        try (Admin admin = Admin.create(kafka())) {
            new TopicProvisioning(admin).create(topics().toList());
        }
    }

    private Stream<Topic<?, ?>> topics() {
        return Stream.concat(
                config.tables().stream().map(table -> catalogue.changesOf(source, table)),
                Stream.of(catalogue.watermarks(), catalogue.captureFailures(), catalogue.captureDeadLetters()));
    }

    /** Adds an existing table to the publication, and to the configuration of later captures. */
    public void captureAlso(String... tables) {
        config = config.withTables(
                Stream.concat(config.tables().stream(), Stream.of(tables)).toList());
        migrate();
    }

    /** Writes to, and captures, a database of another server, which is migrated; the topics stay. */
    void useDatabase(String url) throws SQLException {
        writer.close();
        writer = DriverManager.getConnection(url, PostgresServer.USER, "");
        config = config.withDatabase(new DatabaseLogin(url, "waltally", Optional.empty()));
        migrate();
    }

    /** Changes the configuration of later captures. */
    void configure(UnaryOperator<CaptureConfig> change) {
        config = change.apply(config);
    }

    /** As {@code kafka-topics --alter} does, and the configuration with it. */
    void alterPartitions(int partitions) throws Exception {
        TopicSettings before = TopicSettings.DEFAULTS;
        catalogue = new TopicCatalogue(
                new TopicSettings(
                        partitions,
                        before.completeHistory(),
                        before.notificationRetention(),
                        before.deadLetterRetention()),
                new AvroSerdes(infrastructure.registry().toString()));
        try (Admin admin = Admin.create(kafka())) {
            admin.createPartitions(topics().filter(topic -> TopicCatalogue.hasConfiguredPartitions(topic.name()))
                            .collect(Collectors.toMap(Topic::name, topic -> NewPartitions.increaseTo(partitions))))
                    .all()
                    .get();
            waitFor("altered", () -> {
                try {
                    new TopicProvisioning(admin).create(topics().toList());
                    return true;
                } catch (TopicContradictionException e) {
                    return false;
                }
            });
        }
    }

    /** The last one that is committed. */
    Watermark watermark() {
        return target().watermarks().last(source).orElseThrow();
    }

    /** What is committed in a topic now. */
    List<ConsumerRecord<byte[], byte[]>> readRaw(String topic) {
        Map<String, Object> properties = new HashMap<>(kafka());
        properties.put("isolation.level", "read_committed");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    Infrastructure infrastructure() {
        return infrastructure;
    }

    /** What every Kafka client needs. */
    public Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", infrastructure.kafka());
    }

    TopicCatalogue catalogue() {
        return catalogue;
    }

    CaptureConfig config() {
        return config;
    }

    int serverVersion() throws SQLException {
        return writer.getMetaData().getDatabaseMajorVersion();
    }

    /** A connection of the application's: the owner of the tables. */
    public Connection writer() {
        return writer;
    }

    KafkaTarget target() {
        return new KafkaTarget(
                catalogue, kafka(), RegistryAccess.of(infrastructure.registry().toString()), Duration.ofMinutes(1));
    }

    /** A capture that has been started, and is closed at the test's end. */
    Capture capture() {
        Capture capture = new Capture(config, target());
        opened.add(capture);
        capture.start();
        return capture;
    }

    /** A capture that has come past its snapshot. */
    public Capture streaming() throws InterruptedException {
        Capture capture = capture();
        awaitStreaming(capture);
        return capture;
    }

    static void awaitStreaming(Capture capture) throws InterruptedException {
        waitFor("streaming", () -> {
            CaptureStatus status = capture.status();
            if (status.state() == CaptureState.FAILED || status.state() == CaptureState.FENCED) {
                throw new AssertionError("capture has ended: " + status);
            }
            return status.state() == CaptureState.STREAMING;
        });
    }

    /** Reads topics from their beginning. */
    public CapturedTopics read(String... topics) {
        CapturedTopics read = new CapturedTopics(
                infrastructure.kafka(), infrastructure.registry().toString(), List.of(topics));
        opened.add(read);
        return read;
    }

    static boolean reached(Capture capture, Lsn position) {
        return capture.status()
                .captured()
                .filter(captured -> captured.compareTo(position) >= 0)
                .isPresent();
    }

    /** Waits until everything that has committed by now is in the topics. */
    public void awaitCaptured(Capture capture) throws Exception {
        Lsn end = walPosition();
        waitFor("captured up to " + end, () -> reached(capture, end));
    }

    Lsn walPosition() throws SQLException {
        try (Statement statement = writer.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    /** As the writer. */
    /** Deletes all records of a topic, as a retention would. Kafka allows it of topics with a retention only. */
    void deleteRecords(String topic) throws Exception {
        try (Admin admin = Admin.create(kafka())) {
            setCleanupPolicy(admin, topic, "compact,delete");
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            for (int i = 0; i < catalogue.partitions(); i++) {
                all.put(new TopicPartition(topic, i), RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get();
            setCleanupPolicy(admin, topic, "compact");
        }
    }

    private static void setCleanupPolicy(Admin admin, String topic, String policy) throws Exception {
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(
                                new ConfigEntry(TopicConfig.CLEANUP_POLICY_CONFIG, policy), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    public void sql(String text) throws SQLException {
        try (Statement statement = writer.createStatement()) {
            statement.execute(text);
        }
    }

    /** What a query gives in its first row and column, as the writer. */
    long number(String query) throws SQLException {
        try (Statement statement = writer.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** As the superuser, in another database. */
    public void admin(String text) throws SQLException {
        try (Connection connection = adminConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private Connection adminConnection() throws SQLException {
        return DriverManager.getConnection(
                infrastructure.jdbcUrl("postgres"), infrastructure.postgres().user(), "");
    }

    private static Set<String> topicNames(Admin admin) {
        try {
            return admin.listTopics().names().get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
