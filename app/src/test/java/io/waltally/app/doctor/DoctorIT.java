package io.waltally.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.Severity;
import io.waltally.app.fixture.Wait;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.RoleName;
import io.waltally.app.run.state.LocalState;
import io.waltally.app.status.StatusReader;
import io.waltally.app.tally.Json;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.KafkaBroker;
import io.waltally.embedded.ServerOptions;
import io.waltally.embedded.process.Ports;
import io.waltally.pipeline.Pipeline;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A healthy system, and one fault after the other. */
class DoctorIT {
    private static final int CLOSED_PORT = 1;

    /** Sinks that write into the database of their source, with a role of their own. */
    private static final Map<String, String> SINKS = Map.ofEntries(
            Map.entry("sources.s3.sink.user", "doctor_sink"),
            Map.entry("sources.s3.sink.password", "right"),
            Map.entry("sinks[0].name", "quotas"),
            Map.entry("sinks[0].type", "backend-quotas"),
            Map.entry("sinks[0].mode", "authoritative"),
            Map.entry("sinks[1].name", "events"),
            Map.entry("sinks[1].type", "notification-outbox"),
            Map.entry("sinks[1].endpoints[0].url", "https://hooks.example.com/"),
            Map.entry("sinks[2].name", "copy"),
            Map.entry("sinks[2].type", "postgres"),
            Map.entry("sinks[2].source", "s3"),
            Map.entry("sinks[2].tables", "object_locations"),
            Map.entry("sinks[2].schema", "copies"));

    @TempDir
    private static Path directory;

    private static Infrastructure servers;
    private static Configuration configuration;

    @BeforeAll
    static void startServersAndPrepareThem() {
        servers = Infrastructure.forTests();
        configuration = with(Map.of());
        DoctorReport unprepared = examine(configuration);
        assertThat(unprepared.healthy()).as("before migrate").isFalse();
        assertThat(unprepared.findings())
                .anyMatch(finding -> finding.severity() == Severity.ERROR
                        && (finding.message() + finding.remedy()).contains("waltally migrate"));
        configuration.sources().values().forEach(Migrations::migrate);
        Topics.create(configuration, configuration.catalogue());
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @Test
    void ofAHealthySystemNothingIsAnErrorAndNothingIsChanged() throws Exception {
        List<String> before = publicationsAndSlots();
        DoctorReport report = examine(configuration);
        assertThat(report.healthy()).as(report.toString()).isTrue();
        assertThat(report.findings())
                .extracting(Finding::check)
                .contains(
                        "source s3",
                        "source sync",
                        "position s3",
                        "position sync",
                        "kafka",
                        "topics",
                        "kafka access",
                        "registry",
                        "state directory",
                        "state",
                        "http");
        assertThat(publicationsAndSlots()).isEqualTo(before);
        JsonNode json = new ObjectMapper().readTree(Json.write(report));
        assertThat(json.path("healthy").asBoolean()).isTrue();
        assertThat(json.at("/findings/0/severity").asText()).isEqualTo("ok");
    }

    private static List<String> publicationsAndSlots() throws SQLException {
        try (Connection connection = connect(Source.S3);
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "SELECT array_agg(p.xmin::text || pubname) || (SELECT count(*)::text FROM pg_replication_slots)"
                                + " FROM pg_publication p")) {
            rows.next();
            return List.of(rows.getString(1));
        }
    }

    /** Running the remedy fixes the fault. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s3   | ALTER PUBLICATION waltally_s3 DROP TABLE backend_usage  | does not publish public.backend_usage",
                "s3   | ALTER PUBLICATION waltally_s3 SET (publish = 'insert')  | leaves operations out",
                "s3   | REVOKE SELECT ON object_locations FROM waltally         | may not read public.object_locations",
                "sync | ALTER TABLE bsos REPLICA IDENTITY NOTHING               | replica identity of public.bsos",
                "sync | ALTER ROLE waltally NOREPLICATION                       | may not replicate",
                "s3   | REVOKE CONNECT ON DATABASE s3_orchestrator FROM PUBLIC, waltally | permission denied for database",
                "sync | ALTER ROLE waltally NOLOGIN                             | is not permitted to log in",
            })
    void aPostgresFaultIsFoundAndItsRemedyRepairsIt(String source, String breaking, String message)
            throws SQLException {
        sql(Source.of(source), breaking);
        Finding error = error(configuration, "source " + source, message);
        sql(Source.of(source), error.remedy().orElseThrow());
        assertThat(examine(configuration).healthy()).isTrue();
    }

    @Test
    void aMissingPublicationIsFoundAndMigrateCreatesIt() throws SQLException {
        sql(Source.SYNC, "DROP PUBLICATION waltally_sync");
        assertThat(error(configuration, "source sync", "there is no publication waltally_sync")
                        .remedy())
                .contains("waltally migrate");
        assertThat(reasonOfStatus(Source.SYNC))
                .hasValue("publication waltally_sync (sources.sync.publication) has no tables; run 'waltally migrate',"
                        + " which prepares the database, then 'waltally run'");
        configuration.sources().values().forEach(Migrations::migrate);
        assertThat(examine(configuration).healthy()).isTrue();
        assertThat(reasonOfStatus(Source.SYNC))
                .hasValue("there is no slot waltally_sync (sources.sync.slot) yet; 'waltally run' makes it");
    }

    private static Optional<String> reasonOfStatus(Source source) {
        return new StatusReader(configuration, configuration.catalogue())
                .read()
                .sources()
                .get(source.id())
                .reason();
    }

    @Test
    void aSlotOfAnotherDatabaseOrOfAnUnknownPastIsFound() throws SQLException {
        String make = "SELECT pg_create_logical_replication_slot('waltally_s3', 'pgoutput')";
        String drop = "SELECT pg_drop_replication_slot('waltally_s3')";
        sql(Source.SYNC, make);
        assertThat(error(configuration, "source s3", "is not a pgoutput slot of database s3_orchestrator")
                        .remedy())
                .contains("set sources.s3.slot");
        sql(Source.SYNC, drop);
        sql(Source.S3, make);
        assertThat(error(configuration, "position s3", "exists, but Kafka has no watermark of s3")
                        .remedy()
                        .orElseThrow())
                .contains("waltally resume s3 --new-epoch");
        sql(Source.S3, drop);
    }

    @Test
    void aPasswordThatExpiresIsAWarning() throws SQLException {
        sql(
                Source.S3,
                "ALTER ROLE waltally VALID UNTIL '"
                        + LocalDate.now(ZoneOffset.UTC).plusDays(3) + "'");
        DoctorReport report = examine(configuration);
        assertThat(report.healthy()).isTrue();
        Finding warning = finding(report, Severity.WARNING, "source s3", "is valid until");
        sql(Source.S3, warning.remedy().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sources.s3.url | jdbc:postgresql://127.0.0.1:1/x | source s3 | connection refused | sources.s3.url",
                "sources.sync.user | nobody | source sync | has no role \"nobody\" (sources.sync.user) | waltally migrate",
                "kafka.bootstrap.servers | 127.0.0.1:1 | kafka | does not answer | kafka.bootstrap.servers",
                "kafka.bootstrap.servers | nowhere.invalid:9092 | kafka | No resolvable bootstrap urls | section kafka",
                "registry.url | http://127.0.0.1:1/x | registry | connection refused | registry.url",
                "capture.transaction-timeout | 20m | kafka | the brokers allow 900 s | transaction.max.timeout.ms",
                "topics.partitions | 7 | topics | partitions is 4, wanted is 7, of | waltally topics alter",
                "http.host | 10.9.9.9 | http | this machine has no such address | give an address of this machine",
            })
    void aWrongSettingIsFoundWithItsKey(String key, String value, String check, String message, String remedy) {
        Finding error = error(with(Map.of(key, value)), check, message);
        assertThat(error.message() + error.remedy().orElse("")).containsIgnoringCase(remedy == null ? "" : remedy);
    }

    @Test
    void aMissingDatabaseIsFoundBesideEveryOtherFaultOfThisMachine() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = other.getLocalPort();
            DoctorReport report = examine(with(Map.of(
                    "sources.s3.url",
                    servers.jdbcUrl("nowhere"),
                    "http.port",
                    Integer.toString(port),
                    "streams.state-directory",
                    file.resolve("state").toString())));
            assertThat(finding(report, Severity.ERROR, "source s3", "has no database \"nowhere\"")
                            .remedy()
                            .orElseThrow())
                    .contains("waltally migrate", "sources.s3.url");
            finding(report, Severity.ERROR, "http", "port " + port + " of 127.0.0.1 is in use");
            finding(report, Severity.ERROR, "state directory", file + " is not a directory");
            finding(report, Severity.OK, "registry", "takes all schemas of tallies and control topics");
        }
    }

    @Test
    void filesOfTlsThatCannotBeUsedAreFound() throws Exception {
        Path file = Files.writeString(directory.resolve("no.pem"), "x");
        error(
                with(Map.of("http.tls.certificate", file.toString(), "http.tls.key", file.toString())),
                "http",
                "http.tls.certificate is \"" + file + "\"");
    }

    @Test
    void stateThatTheTopologiesCannotGoOnFromIsFound() throws Exception {
        // Given
        Map<String, String> settings = Map.of(
                "streams.application-id",
                "doctor",
                "streams.state-directory",
                directory.resolve("used").toString());
        Configuration used = with(settings);
        TopicCatalogue catalogue = used.catalogue();
        Pipeline pipeline = new Pipeline(used.streams().pipeline(), catalogue);
        LocalState.prepare(used, catalogue, pipeline);
        finding(examine(used), Severity.OK, "state", "can go on");
        // A setting that state depends on
        Map<String, String> other = new HashMap<>(settings);
        other.put("streams.payload-length", "octets");
        assertThat(error(with(other), "state", "was made with code-points").remedy())
                .hasValueSatisfying(remedy -> assertThat(remedy).contains("streams.application-id"));
        // Another process
        Path lock = directory.resolve("used/doctor/.lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            assertThat(held.isValid()).isTrue();
            error(used, "state", "another process uses it");
        }
        // Committed offsets without the changelogs that they belong to, then without the records to read next
        TopicPartition partition =
                new TopicPartition(catalogue.changesOf(Source.SYNC, "bsos").name(), 0);
        try (Admin admin = Admin.create(Map.copyOf(used.kafka().properties()))) {
            admin.alterConsumerGroupOffsets("doctor", Map.of(partition, new OffsetAndMetadata(5)))
                    .all()
                    .get();
            assertThat(error(used, "state", "the committed offsets depend on it")
                            .remedy())
                    .hasValueSatisfying(
                            remedy -> assertThat(remedy).startsWith("stop all instances, then let the application"));
            admin.createTopics(pipeline.internalTopics().stream()
                            .map(topic -> new NewTopic(topic, 1, (short) 1))
                            .toList())
                    .all()
                    .get();
            error(used, "state", partition + " ends at 0, and was read up to 5");
        }
    }

    @Test
    void stateOfAnotherHistoryIsAWarning() throws Exception {
        Path state = Files.createDirectories(directory.resolve("foreign"));
        Files.createDirectories(state.resolve("foreign-id/0_0"));
        DoctorReport report = examine(
                with(Map.of("streams.application-id", "foreign-id", "streams.state-directory", state.toString())));
        assertThat(report.healthy()).as(report.toString()).isTrue();
        finding(report, Severity.WARNING, "state", "will not be used: there is no record of the cluster");
        assertThat(state.resolve("foreign-id/0_0")).exists();
        assertThat(state.resolve("foreign-id/.lock")).doesNotExist();
    }

    @Test
    void aTopicThatContradictsTheCatalogueIsFound() throws Exception {
        String topic = configuration.catalogue().userStorage().name();
        alter(topic, "cleanup.policy", "delete");
        alter(topic, "min.insync.replicas", "2");
        try {
            DoctorReport report = examine(configuration);
            finding(report, Severity.ERROR, "topics", "cleanup.policy is delete, wanted is compact, of " + topic);
            finding(
                    report,
                    Severity.ERROR,
                    "topics",
                    "fewer replicas in sync than min.insync.replicas wants: " + topic);
        } finally {
            alter(topic, "cleanup.policy", "compact");
            alter(topic, "min.insync.replicas", "1");
        }
    }

    private static void alter(String topic, String property, String value) throws Exception {
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, topic),
                            List.of(new AlterConfigOp(new ConfigEntry(property, value), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    @Test
    void whatASinkLacksToWriteIsFoundAndItsRemedyRepairsIt() throws Exception {
        // Given
        Configuration sinks = with(SINKS);
        Migrations.migrate(sinks.sources().get(Source.S3), sinks.sinks());
        for (String[] fault : new String[][] {
            // Nobody has prepared the replica.
            {"copy", "", "there is no schema \"copies\", and role doctor_sink may not create it"},
            {"copy", "", "role doctor_sink may not create tables in schema waltally"},
            {"quotas", "REVOKE UPDATE (bytes_used) ON backend_quotas FROM doctor_sink", "may not update bytes_used of"},
            {"quotas", "REVOKE DELETE ON waltally.backend_quotas FROM doctor_sink", "may not read and write waltally."},
            {"events", "REVOKE INSERT ON notification_outbox FROM doctor_sink", "may not add rows to"},
            {"events", "REVOKE USAGE ON notification_outbox_id_seq FROM doctor_sink", "may not use the sequence of"},
            {"events", "REVOKE INSERT ON waltally.sink_positions FROM doctor_sink", "may not write the positions"}
        }) {
            if (!fault[1].isEmpty()) {
                sql(Source.S3, fault[1]);
            }
            // When
            Finding error = check(sinks, fault[0]);
            // Then
            assertThat(error.severity()).as(error.toString()).isEqualTo(Severity.ERROR);
            assertThat(error.message()).startsWith("the sink cannot write: ").contains(fault[2]);
            String remedy = error.remedy().orElseThrow();
            if (remedy.equals("run waltally migrate")) {
                Migrations.migrate(sinks.sources().get(Source.S3), sinks.sinks());
            } else {
                sql(Source.S3, remedy.replace("run waltally migrate, or ", ""));
            }
        }
        for (String sink : List.of("quotas", "events", "copy")) {
            assertThat(check(sinks, sink))
                    .isEqualTo(Finding.ok(
                            "sink " + sink,
                            sinks.sources().get(Source.S3).address() + " can be written by role doctor_sink"));
        }
        assertThat(count("SELECT count(*) FROM pg_tables WHERE schemaname = 'copies' OR tablename = 'replica_tables'"))
                .as("tables that a check has made")
                .isZero();
    }

    @Test
    void aSinkThatTheServerDoesNotLetInIsFoundWithTheSettingsOfItsLogin() throws Exception {
        // Given
        Configuration sinks = with(SINKS);
        Migrations.migrate(sinks.sources().get(Source.S3), sinks.sinks());
        requirePassword("doctor_sink");
        Map<String, String> wrong = new HashMap<>(SINKS);
        wrong.put("sources.s3.sink.password", "wrong");
        // When
        DoctorReport report = new Doctor(with(wrong), EnumSet.of(RoleName.SINKS)).examine();
        // Then
        assertThat(report.healthy()).isFalse();
        for (String sink : List.of("quotas", "events", "copy")) {
            assertThat(finding(
                                    report,
                                    Severity.ERROR,
                                    "sink " + sink,
                                    "password authentication failed for user \"doctor_sink\"")
                            .remedy()
                            .orElseThrow())
                    .startsWith("correct sources.s3.sink.user and sources.s3.sink.password");
        }
        assertThat(check(sinks, "quotas").severity()).isEqualTo(Severity.OK);
    }

    private static void requirePassword(String role) throws SQLException, IOException, InterruptedException {
        try (Connection connection = connect(Source.S3);
                Statement statement = connection.createStatement()) {
            Path hba;
            try (ResultSet file = statement.executeQuery("SHOW hba_file")) {
                file.next();
                hba = Path.of(file.getString(1));
            }
            Files.writeString(hba, "host all " + role + " 127.0.0.1/32 scram-sha-256\n" + Files.readString(hba));
            statement.execute("SELECT pg_reload_conf()");
        }
        Wait.until("pg_hba.conf is read", () -> !mayConnect(role));
    }

    private static boolean mayConnect(String role) {
        try (Connection connection = DriverManager.getConnection(
                configuration.sources().get(Source.S3).url(), role, "none")) {
            return connection.isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }

    @Test
    void aTargetThatDoesNotAnswerIsAWarningForTheSinkWaits() {
        Map<String, String> elsewhere = new HashMap<>(SINKS);
        elsewhere.put("sinks[1].url", "jdbc:postgresql://127.0.0.1:1/elsewhere");
        Finding warning = check(with(elsewhere), "events");
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.message()).startsWith("the sink waits: 127.0.0.1:1/elsewhere: ");
        assertThat(warning.remedy().orElseThrow()).startsWith("correct url, user and password of sink events");
    }

    @Test
    void aWarehouseThatCannotBeWrittenIsFound() throws Exception {
        Path file = Files.writeString(directory.resolve("no-warehouse"), "");
        Path warehouse = directory.resolve("lake");
        Finding error = check(with(lake(file.resolve("lake"))), "lake");
        assertThat(error.severity()).isEqualTo(Severity.ERROR);
        assertThat(error.message())
                .isEqualTo("the sink cannot write: warehouse " + file.resolve("lake") + ": " + file
                        + " is in a file, not in a directory");
        assertThat(error.remedy().orElseThrow()).isEqualTo("move the file away, or give the sink another warehouse");
        assertThat(check(with(lake(warehouse)), "lake"))
                .isEqualTo(Finding.ok("sink lake", warehouse + " can be written"));
        assertThat(warehouse).doesNotExist();
    }

    private static Map<String, String> lake(Path warehouse) {
        return Map.of(
                "sinks[0].name",
                "lake",
                "sinks[0].type",
                "iceberg",
                "sinks[0].source",
                "s3",
                "sinks[0].tables",
                "object_locations",
                "sinks[0].warehouse",
                warehouse.toString());
    }

    private static Finding check(Configuration configured, String sink) {
        List<Finding> findings = configured.sinks().active().stream()
                .filter(active -> active.name().equals(sink))
                .flatMap(active -> new SinkCheck(configured, configured.catalogue(), active).run().stream())
                .toList();
        assertThat(findings).hasSize(1);
        return findings.get(0);
    }

    private static long count(String query) throws SQLException {
        try (Connection connection = connect(Source.S3);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void aSubjectWithAnotherSchemaIsFoundBeforeAnythingIsWritten() throws Exception {
        String subject = configuration.catalogue().userStorage().name() + "-value";
        request("POST", "/subjects/" + subject + "/versions", "{\"schema\": \"\\\"bytes\\\"\"}");
        try {
            error(configuration, "registry", "subject " + subject + " has versions");
        } finally {
            request("DELETE", "/subjects/" + subject, "");
        }
    }

    @Test
    void aTableWhoseSchemaTheRegistryRefusesIsFoundBeforeAnythingIsWritten() throws Exception {
        String subject =
                configuration.catalogue().changesOf(Source.SYNC, "bsos").name() + "-key";
        request("PUT", "/config/" + subject, "{\"compatibility\": \"BACKWARD\"}");
        request("POST", "/subjects/" + subject + "/versions", """
                {"schema": "{\\"type\\": \\"record\\", \\"name\\": \\"Row\\",\
                 \\"fields\\": [{\\"name\\": \\"before\\", \\"type\\": \\"string\\"}]}"}""");
        try {
            assertThat(error(configuration, "schemas sync", "table bsos: ")
                            .remedy()
                            .orElseThrow())
                    .contains("/config/" + subject, "NONE");
        } finally {
            request("DELETE", "/subjects/" + subject, "");
        }
        finding(examine(configuration), Severity.OK, "schemas sync", "takes the schemas of 3 tables");
    }

    /** Clients connect to all brokers, whatever address they began with. */
    @Test
    void ofSeveralBrokersTheOneThatAdvertisesAnUnreachableAddressIsNamed() {
        int clients = Ports.anyFree();
        try (KafkaBroker first = KafkaBroker.start(ServerOptions.ephemeral(), clientListener(clients, clients));
                KafkaBroker second = first.startAnother(2, clientListener(Ports.anyFree(), CLOSED_PORT))) {
            DoctorReport report = examine(with(Map.of("kafka.bootstrap.servers", "127.0.0.1:" + clients)));
            finding(report, Severity.OK, "kafka", "broker 1 is reached at 127.0.0.1:" + clients);
            assertThat(report.findings())
                    .filteredOn(finding -> finding.severity() == Severity.ERROR)
                    .singleElement()
                    .isEqualTo(finding(
                            report,
                            Severity.ERROR,
                            "kafka",
                            "broker 2 advertises 127.0.0.1:" + CLOSED_PORT + ", which cannot be reached from here"))
                    .satisfies(finding ->
                            assertThat(finding.remedy().orElseThrow()).contains("advertised.listeners"));

            DoctorReport ofOtherListeners = examine(with(Map.of("kafka.bootstrap.servers", second.bootstrapServers())));
            finding(ofOtherListeners, Severity.OK, "kafka", "broker 1 is reached at " + first.bootstrapServers());
            finding(ofOtherListeners, Severity.OK, "kafka", "broker 2 is reached at " + second.bootstrapServers());
            finding(ofOtherListeners, Severity.WARNING, "kafka", "default.replication.factor is 1: topics");
        }
    }

    /** Kafka's Admin only says that there is no answer. */
    @Test
    void theOnlyBrokerIsNamedIfItAdvertisesAnUnreachableAddress() {
        int clients = Ports.anyFree();
        try (KafkaBroker broker = KafkaBroker.start(ServerOptions.ephemeral(), clientListener(clients, CLOSED_PORT))) {
            assertThat(broker.bootstrapServers()).isNotEmpty();
            DoctorReport report = examine(with(Map.of("kafka.bootstrap.servers", "127.0.0.1:" + clients)));
            assertThat(report.findings())
                    .filteredOn(finding -> finding.severity() == Severity.ERROR)
                    .singleElement()
                    .extracting(Finding::message)
                    .isEqualTo("broker 1 advertises 127.0.0.1:" + CLOSED_PORT + ", which cannot be reached from here");
        }
    }

    private static Map<String, String> clientListener(int port, int advertised) {
        return Map.of(
                "listeners", "CLIENT://127.0.0.1:" + port,
                "advertised.listeners", "CLIENT://127.0.0.1:" + advertised,
                "listener.security.protocol.map", "CLIENT:PLAINTEXT");
    }

    /** A server that takes connections and says nothing is the worst of them. */
    @Test
    void whateverIsDownTheReportComesWithinSeconds() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + silent.getLocalPort();
            long began = System.nanoTime();
            DoctorReport report = examine(with(Map.of(
                    "kafka.bootstrap.servers",
                    address,
                    "registry.url",
                    "http://" + address,
                    "sources.s3.url",
                    "jdbc:postgresql://" + address + "/s3_orchestrator",
                    "webhooks.endpoints[0].url",
                    "https://" + address + "/",
                    "webhooks.endpoints[0].name",
                    "silent",
                    "webhooks.endpoints[0].secrets",
                    "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
                    "webhooks.endpoints[0].allow-private",
                    "true")));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(9));
            assertThat(report.findings())
                    .filteredOn(finding -> finding.severity() == Severity.ERROR)
                    .extracting(Finding::check)
                    .containsExactly("source s3", "kafka", "registry");
            finding(report, Severity.WARNING, "endpoint silent", "does not take connections");
        }
    }

    private static void request(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(servers.registry() + path))
                                .header("Content-Type", "application/json")
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static Finding error(Configuration wrong, String check, String message) {
        DoctorReport report = examine(wrong);
        assertThat(report.healthy()).as(report.toString()).isFalse();
        return finding(report, Severity.ERROR, check, message);
    }

    private static Finding finding(DoctorReport report, Severity severity, String check, String message) {
        List<Finding> found = report.findings().stream()
                .filter(finding -> finding.severity() == severity
                        && finding.check().equals(check)
                        && finding.message().contains(message))
                .toList();
        assertThat(found)
                .as("%s of %s with \"%s\" in %s", severity, check, message, report)
                .hasSize(1);
        return found.get(0);
    }

    private static DoctorReport examine(Configuration examined) {
        return new Doctor(examined, EnumSet.allOf(RoleName.class)).examine();
    }

    private static Configuration with(Map<String, String> settings) {
        Map<String, String> values = new HashMap<>(LocalServers.configuration(servers));
        values.put("http.port", "0");
        values.put("http.read-tokens.test", "0123456789abcdef");
        values.put("streams.state-directory", directory.resolve("state").toString());
        values.putAll(settings);
        return Configuration.from(values);
    }

    private static void sql(Source source, String statement) throws SQLException {
        try (Connection connection = connect(source);
                Statement executing = connection.createStatement()) {
            executing.execute(statement);
        }
    }

    private static Connection connect(Source source) throws SQLException {
        SourceSettings settings = configuration.sources().get(source);
        return DriverManager.getConnection(settings.url(), settings.admin().user(), "");
    }
}
