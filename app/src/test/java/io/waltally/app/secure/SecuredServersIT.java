package io.waltally.app.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.InProcessCommand;
import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.command.topic.TopicsCommand;
import io.waltally.app.config.Configuration;
import io.waltally.app.doctor.Doctor;
import io.waltally.app.doctor.DoctorReport;
import io.waltally.app.doctor.check.Finding;
import io.waltally.app.doctor.check.Severity;
import io.waltally.app.failure.ServerFailure;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Wait;
import io.waltally.app.run.ExternalSystems;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.RoleName;
import io.waltally.app.tally.Json;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.process.Ports;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicRefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** Everything with TLS, authentication, and the rights of docs/security.md, and no others. */
class SecuredServersIT {
    private static final Map<RoleName, String> PRINCIPALS = new EnumMap<>(Map.of(
            RoleName.CAPTURE, "User:capture",
            RoleName.STREAMS, "User:streams",
            RoleName.SINKS, "User:sinks",
            RoleName.WEBHOOKS, "User:CN=waltally"));

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SIGNING_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
    private static final String SEALING_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static final ListAppender<ILoggingEvent> AUTHORIZATIONS = new ListAppender<>();
    private static final Logger AUTHORIZER = (Logger) LoggerFactory.getLogger("kafka.authorizer.logger");

    @TempDir
    private static Path directory;

    private static SecuredServers servers;
    private static WebhookReceiver receiver;

    @BeforeAll
    static void startServers() throws Exception {
        AUTHORIZATIONS.start();
        AUTHORIZER.setLevel(Level.INFO);
        AUTHORIZER.setAdditive(false);
        AUTHORIZER.addAppender(AUTHORIZATIONS);
        servers = new SecuredServers(directory);
        receiver = new WebhookReceiver();
        for (Map.Entry<RoleName, String> role : PRINCIPALS.entrySet()) {
            servers.grant(List.of("capture"), DocumentedAccess.of(role.getKey().id(), role.getValue()));
        }
        servers.grant(List.of("commands", "stranger"), DocumentedAccess.of("commands", "User:commands"));
        configuration(commands()).sources().values().forEach(Migrations::migrate);
    }

    @AfterAll
    static void stopServers() {
        servers.close();
        receiver.close();
        AUTHORIZER.detachAppender(AUTHORIZATIONS);
        AUTHORIZER.setAdditive(true);
        AUTHORIZER.setLevel(null);
    }

    /** Each role with another way to authenticate to Kafka, and all ways to authenticate to the registry. */
    private static Map<String, String> account(RoleName role) {
        return switch (role) {
            case CAPTURE -> joined(servers.scram("capture"), servers.registryByPassword("capture"));
            case STREAMS -> joined(servers.plain("streams"), servers.registryByToken("streams"));
            case SINKS -> joined(servers.bearer("sinks"), servers.registryByPassword("sinks"));
            case WEBHOOKS -> joined(servers.clientCertificate(), servers.registryByTokenWithPem("webhooks"));
        };
    }

    /** The account of an operator. */
    private static Map<String, String> commands() {
        return joined(servers.scram("commands"), servers.registryByPassword("commands"));
    }

    private static Map<String, String> joined(Map<String, String> kafka, Map<String, String> registry) {
        Map<String, String> account = new HashMap<>(kafka);
        account.putAll(registry);
        return account;
    }

    @Test
    void aRowReachesItsTallyItsSinkAndItsWebhookAndCommandsActOnThem() throws Exception {
        Set<String> deniedBefore = servers.deniedByRegistry();
        Map<RoleName, Instance> instances = new EnumMap<>(RoleName.class);
        List<String> secrets = new ArrayList<>(servers.secrets());
        secrets.addAll(List.of(SIGNING_SECRET, SEALING_KEY));
        try (LeakDetector detector = new LeakDetector(secrets)) {
            detector.check("configuration", configuration(commands()).toString());
            // Given: the first versions of their subjects are registered by commands
            OperatorCommands commands = new OperatorCommands(detector, Ports.anyFree());
            commands.run("topics", "create");
            commands.run("sinks", "pause", "quotas");
            commands.run(
                    "webhooks",
                    "add",
                    "added",
                    receiver.url("/added"),
                    "--secret=" + SIGNING_SECRET,
                    "--set=allow-http=true",
                    "--set=allow-private=true");
            for (RoleName role : RoleName.values()) {
                instances.put(role, start(role));
            }
            // When
            s3("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1000)");
            s3("INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/a', 'b2', 60)");
            s3("INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/b', 'b2', 40)");
            // Then
            Instance streams = instances.get(RoleName.STREAMS);
            Wait.until(
                    "the tally",
                    () -> InstanceApi.text(streams, "/api/backends/b2").contains("\"bytes_used\":100"));
            Wait.until("the replica", () -> count("SELECT count(*) FROM copy.object_locations") == 2);
            for (String path : List.of("/", "/added")) {
                Wait.until("the webhook " + path, () -> created(path) >= 2);
            }
            assertThat(count("SELECT count(*) FROM waltally.backend_quotas")).isLessThanOrEqualTo(0);
            for (Instance instance : instances.values()) {
                Wait.until(
                        "the status",
                        () -> InstanceApi.text(instance, "/api/status").contains("\"applied_lsn\""));
                detector.check("/api/status", InstanceApi.text(instance, "/api/status"));
                detector.check("/metrics", InstanceApi.text(instance, "/metrics"));
            }
            actOnEverything(detector, instances);
            instances.values().forEach(Instance::close);
            assertThat(servers.deniedByRegistry()).isEqualTo(deniedBefore);
            assertThat(denied()).isEmpty();
            doctorKnowsWhatEachRoleNeeds(detector);
            assertThat(detector.leaks()).isEmpty();
        } finally {
            instances.values().forEach(Instance::close);
        }
    }

    /** Commands of an operator, with the rights of {@code commands}, and what becomes of their requests. */
    private static void actOnEverything(LeakDetector detector, Map<RoleName, Instance> instances) throws Exception {
        OperatorCommands sinks =
                new OperatorCommands(detector, instances.get(RoleName.SINKS).httpPort());
        sinks.run("sinks", "resume", "quotas");
        Wait.until("the sink", () -> count("SELECT bytes_used FROM waltally.backend_quotas") == 100);
        assertThat(sinks.run("sinks", "list", "--json")).contains("\"quotas\"");

        OperatorCommands capture =
                new OperatorCommands(detector, instances.get(RoleName.CAPTURE).httpPort());
        capture.run("snapshot", "s3.backend_quotas");
        // It ends with 1 while a consumer group rebalances.
        assertThat(capture.execute("status", "--json").output()).contains("\"applied_lsn\"");

        OperatorCommands webhooks =
                new OperatorCommands(detector, instances.get(RoleName.WEBHOOKS).httpPort());
        webhooks.run("webhooks", "pause", "added");
        webhooks.run("webhooks", "resume", "added");
        webhooks.run("webhooks", "change", "added", "--events=s3:ObjectCreated:*");
        webhooks.run("webhooks", "reseal");
        assertThat(webhooks.run("webhooks", "list", "--json")).contains("\"added\"");
        // What was delivered is committed a little later.
        Wait.until(
                "both notifications",
                () -> webhooks.run("webhooks", "replay", "added", "--since=1h", "--yes")
                        .contains("2 notifications put back"));
        Wait.until("the notifications that were put back", () -> created("/added") >= 4);
        webhooks.run("webhooks", "remove", "added");

        Wait.until("the dead letters", () -> letters(webhooks).size() == 2);
        String dropped = letters(webhooks).get(0).path("id").asText();
        webhooks.run("dlq", "show", dropped);
        webhooks.run("dlq", "drop", "--id=" + dropped);
        receiver.repair();
        webhooks.run("dlq", "replay", "--stage=webhooks", "--wait");
        assertThat(created(WebhookReceiver.BROKEN)).isPositive();
        assertThat(letters(webhooks)).isEmpty();

        assertThat(webhooks.run("topics", "read", "s3.public.object_locations", "--limit=1"))
                .contains("photos/");
        webhooks.run("topics", "read", "s3", "--transactions", "--limit=1");
        webhooks.run("topics", "describe");
        assertThat(webhooks.with("topics.notification-retention", "9d").run("topics", "alter", "--yes"))
                .contains("outbox.notifications", " changed");
        assertThat(webhooks.run("config", "show", "--json")).contains("\"registry.password\"");
    }

    private static List<JsonNode> letters(OperatorCommands commands) throws IOException {
        List<JsonNode> letters = new ArrayList<>();
        JSON.readTree(commands.run("dlq", "list", "--stage=webhooks", "--json"))
                .path("items")
                .forEach(letters::add);
        return letters;
    }

    private static long created(String path) {
        return receiver.accepted(path).stream()
                .filter(event -> event.contains("ObjectCreated"))
                .count();
    }

    /** Runs commands with the account of an operator. */
    private record OperatorCommands(LeakDetector detector, Map<String, String> values) {
        OperatorCommands(LeakDetector detector, int httpPort) {
            this(detector, settings(commands()));
            values.put("http.port", Integer.toString(httpPort));
        }

        OperatorCommands with(String key, String value) {
            Map<String, String> changed = new HashMap<>(values);
            changed.put(key, value);
            return new OperatorCommands(detector, changed);
        }

        /** Returns what the command prints; it has to end with 0. */
        String run(String... arguments) throws IOException {
            InProcessCommand command = execute(arguments);
            assertThat(command.exitCode())
                    .as("%s: %s", String.join(" ", arguments), command.output())
                    .isZero();
            return command.output();
        }

        InProcessCommand execute(String... arguments) throws IOException {
            // JSON is YAML.
            Path file = Files.writeString(directory.resolve("commands.yml"), JSON.writeValueAsString(values));
            InProcessCommand command = InProcessCommand.run(file, arguments);
            detector.check(String.join(" ", arguments), command.output());
            return command;
        }
    }

    private static void doctorKnowsWhatEachRoleNeeds(LeakDetector detector) throws Exception {
        for (RoleName role : RoleName.values()) {
            DoctorReport report = doctor(role).examine();
            assertThat(errors(report)).as(role.id()).isEmpty();
            detector.check("doctor", Json.pretty(report));
        }
        for (Map.Entry<RoleName, String> removed : Map.of(
                        RoleName.CAPTURE, "WRITE on transactional id waltally-capture-*",
                        RoleName.WEBHOOKS, "READ on consumer group waltally-webhooks-*")
                .entrySet()) {
            RoleName role = removed.getKey();
            Doctor doctor = doctor(role);
            AclBinding right = DocumentedAccess.of(role.id(), PRINCIPALS.get(role)).stream()
                    .filter(acl -> removed.getValue().replace("*", "").equals(written(acl)))
                    .findFirst()
                    .orElseThrow();
            servers.revoke(right);
            Wait.until(removed.getValue(), () -> !errors(doctor.examine()).isEmpty());
            assertThat(errors(doctor.examine()))
                    .singleElement()
                    .asString()
                    .contains(removed.getValue(), "is not granted")
                    .contains("kafka-acls.sh --add");
            servers.grant(List.of(), List.of(right));
        }
        AUTHORIZATIONS.list.clear();
    }

    private static Doctor doctor(RoleName role) {
        return new Doctor(configuration(account(role)), EnumSet.of(role));
    }

    private static String written(AclBinding acl) {
        String type = acl.pattern().resourceType() == ResourceType.GROUP
                ? "consumer group"
                : acl.pattern().resourceType().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return acl.entry().operation() + " on " + type + " " + acl.pattern().name();
    }

    private static List<Finding> errors(DoctorReport report) {
        return report.findings().stream()
                .filter(finding -> finding.severity() == Severity.ERROR)
                .toList();
    }

    private static List<String> denied() {
        return List.copyOf(AUTHORIZATIONS.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(message -> message.contains(" is Denied "))
                .distinct()
                .toList();
    }

    private static Instance start(RoleName role) {
        return Instance.start(configuration(account(role)), EnumSet.of(role), new StopSignal())
                .orElseThrow();
    }

    private static Configuration configuration(Map<String, String> account) {
        return Configuration.from(settings(account));
    }

    private static Map<String, String> settings(Map<String, String> account) {
        Map<String, String> values = servers.configuration();
        values.putAll(account);
        values.put("topics.partitions", "2");
        values.put("streams.state-directory", directory.resolve("state").toString());
        values.put("webhooks.sealing-keys", SEALING_KEY);
        endpoint(values, 0, "receiver", "/");
        endpoint(values, 1, "broken", WebhookReceiver.BROKEN);
        values.put("webhooks.endpoints[1].events", "s3:ObjectCreated:*");
        values.put("webhooks.endpoints[1].max-attempts", "1");
        values.put("sinks[0].name", "quotas");
        values.put("sinks[0].type", "backend-quotas");
        values.put("sinks[1].name", "replica");
        values.put("sinks[1].type", "postgres");
        values.put("sinks[1].source", "s3");
        values.put("sinks[1].tables", "object_locations");
        values.put("sinks[1].schema", "copy");
        values.put(
                "sinks[1].url", servers.url("postgres", servers.certificates().authority()));
        values.put("sinks[1].user", "postgres");
        values.put("sinks[1].password", SecuredServers.ADMIN_PASSWORD);
        return values;
    }

    private static void endpoint(Map<String, String> values, int index, String name, String path) {
        String key = "webhooks.endpoints[" + index + "].";
        values.put(key + "name", name);
        values.put(key + "url", receiver.url(path));
        values.put(key + "secrets", SIGNING_SECRET);
        values.put(key + "allow-http", "true");
        values.put(key + "allow-private", "true");
    }

    @Test
    void whatIsRefusedIsSaidWithItsKeyAndWithoutTheSecret() {
        String jaas = "kafka.sasl.jaas.config";
        Map<String, String> capture = account(RoleName.CAPTURE);
        String stranger = servers.certificates().strangersTrustStore().toString();

        assertThat(complaint(capture, Map.of())).isEmpty();
        assertThat(complaint(
                        capture,
                        Map.of(jaas, capture.get(jaas).replace(SecuredServers.KAFKA_PASSWORD, "wrong-password-9"))))
                .contains("kafka.bootstrap.servers", "Authentication failed")
                .doesNotContain("wrong-password-9");
        assertThat(complaint(capture, Map.of("kafka.ssl.truststore.location", stranger)))
                .contains("kafka.bootstrap.servers", "SSL handshake failed");

        Map<String, String> bearer = account(RoleName.SINKS);
        assertThat(complaint(bearer, Map.of())).isEmpty();
        assertThat(complaint(bearer, Map.of(SecuredServers.CLIENT_SECRET, "wrong-password-9")))
                .contains(
                        "kafka.bootstrap.servers",
                        "there is no token: ",
                        "401",
                        "kafka.sasl.oauthbearer.token.endpoint.url",
                        "kafka.sasl.oauthbearer.client.credentials")
                .doesNotContain("wrong-password-9");
        assertThat(complaint(bearer, Map.of("kafka.sasl.oauthbearer.token.endpoint.url", "https://localhost:1/token")))
                .contains("WALTALLY_JAVA_OPTS=-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=");

        assertThat(complaint(capture, Map.of("registry.password", "wrong-password-9")))
                .contains("registry.url", "registry.user", "401")
                .doesNotContain("wrong-password-9");
        assertThat(complaint(capture, Map.of("registry.ssl.truststore.location", stranger)))
                .contains("registry.url", "TLS: ", "certification path");
        Map<String, String> token = account(RoleName.STREAMS);
        assertThat(complaint(token, Map.of())).isEmpty();
        assertThat(complaint(token, Map.of("registry.token", "wrong-password-9")))
                .contains("registry.url", "registry.token", "401")
                .doesNotContain("wrong-password-9");
        Map<String, String> withoutCertificate = new HashMap<>(token);
        withoutCertificate.keySet().removeIf(key -> key.startsWith("registry.ssl.key"));
        assertThat(complaint(withoutCertificate, Map.of())).contains("registry.url");

        assertThat(complaint(
                        capture,
                        Map.of(
                                "sources.s3.url",
                                servers.url(
                                        PostgresAddress.S3_DATABASE,
                                        servers.certificates().stranger()))))
                .contains("sources.s3.url", "certification path");
        assertThat(complaint(capture, Map.of("sources.s3.password", "wrong-password-9")))
                .contains("sources.s3.url", "password authentication failed for user \"waltally\"")
                .doesNotContain("wrong-password-9");
    }

    @Test
    void theHostOfTheRegistrysCertificateIsVerifiedUnlessThatIsTurnedOff() {
        try (SecuredRegistry front =
                servers.registryFront(Map.of(SecuredRegistry.basic("capture", "pässword"), "capture"), false)) {
            Map<String, String> values = servers.trusting(front);
            values.put("registry.user", "capture");
            values.put("registry.password", "pässword");
            assertThat(registryComplaint(values)).isEmpty();
            values.put("registry.url", front.urlOfAnotherHost());
            assertThat(registryComplaint(values)).contains("registry.url", "TLS: ", "127.0.0.1");
            values.put("registry.ssl.endpoint.identification.algorithm", "none");
            assertThat(registryComplaint(values)).isEmpty();
        }
    }

    private static String registryComplaint(Map<String, String> values) {
        return ExternalSystems.registry(Configuration.from(values).registry())
                .probe()
                .check()
                .map(ServerFailure::toString)
                .orElse("");
    }

    @Test
    void aSubjectBeyondTheDocumentedOnesIsDenied() {
        try (SecuredRegistry front = servers.registryFront(Map.of("Bearer token-1", "webhooks"), false)) {
            Map<String, String> values = servers.trusting(front);
            values.put("registry.token", "token-1");
            TopicCatalogue topics = Configuration.from(values).catalogue();
            Serializer<BackendKey> tallies = topics.backendQuotas().keySerde().serializer();
            assertThatThrownBy(() -> tallies.serialize(topics.backendQuotas().name(), new BackendKey("b2")))
                    .hasStackTraceContaining("error code: 403");
            assertThat(front.denied()).containsExactly("webhooks POST /subjects/agg.backend-quotas-key/versions");
        }
    }

    /** Of one check of all systems; empty if all can be used. */
    private static String complaint(Map<String, String> account, Map<String, String> changed) {
        Map<String, String> values = settings(account);
        values.put("sources.s3.user", "waltally");
        values.putAll(changed);
        ExternalSystems systems = ExternalSystems.of(Configuration.from(values), false);
        systems.check(new StopSignal());
        return String.join("\n", systems.complaints());
    }

    @Test
    void aMissingRightIsNamed() {
        Configuration stranger =
                configuration(joined(servers.scram("stranger"), servers.registryByPassword("commands")));
        TopicCatalogue topics = stranger.catalogue();
        assertThatThrownBy(() -> Topics.create(stranger, topics))
                .isInstanceOf(TopicRefusedException.class)
                .hasMessageContainingAll("topic ", "Create", "docs/security.md");
        AUTHORIZATIONS.list.removeIf(event -> event.getFormattedMessage().contains("User:stranger"));
    }

    @Test
    void topicsThatMayNotBeAlteredAreListedApartFromThoseThatWere() throws Exception {
        Map<String, String> values =
                settings(joined(servers.scram("commands"), servers.registryByPassword("commands")));
        Configuration commands = Configuration.from(values);
        Topics.create(commands, commands.catalogue());
        List<AclBinding> right = DocumentedAccess.of("commands", "User:commands").stream()
                .filter(acl -> written(acl).equals("ALTER_CONFIGS on topic agg."))
                .toList();
        servers.revoke(right.get(0));
        StringWriter err = new StringWriter();
        AtomicInteger segment = new AtomicInteger(86_400_000);
        // It is a moment before the broker knows that the right is gone.
        Wait.until("a refusal", () -> {
            values.put("topics.properties.segment.ms", Integer.toString(segment.incrementAndGet()));
            Path file =
                    Files.writeString(directory.resolve("alter.yml"), new ObjectMapper().writeValueAsString(values));
            CommandLine line = WaltallyCommand.withSubcommands(TopicsCommand.withActions(new StopSignal()));
            line.setOut(new PrintWriter(Writer.nullWriter()));
            err.getBuffer().setLength(0);
            line.setErr(new PrintWriter(err, true));
            return line.execute("topics", "alter", "--yes", "-c", file.toString()) == 1;
        });
        assertThat(err.toString())
                .containsPattern("waltally: \\d+ of \\d+ topics were altered; not altered:\n")
                .contains("\n  agg.backend-quotas: Kafka does not allow this account AlterConfigs; docs/security.md has"
                        + " the ACLs\n")
                .doesNotContain("\n  s3.public");
        servers.grant(List.of(), right);
        AUTHORIZATIONS.list.removeIf(event -> event.getFormattedMessage().contains("ALTER_CONFIGS"));
    }

    private static void s3(String sql) throws SQLException {
        try (Connection connection = servers.administrator(PostgresAddress.S3_DATABASE);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long count(String sql) throws SQLException {
        String database = sql.contains("copy.") ? "postgres" : PostgresAddress.S3_DATABASE;
        try (Connection connection = servers.administrator(database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getLong(1) : -1;
        } catch (SQLException notYet) {
            return -1;
        }
    }
}
