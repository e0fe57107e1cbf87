package io.waltally.app.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.command.topic.TopicsCommand;
import io.waltally.app.config.Configuration;
import io.waltally.app.doctor.Doctor;
import io.waltally.app.doctor.Finding;
import io.waltally.app.doctor.Severity;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Wait;
import io.waltally.app.run.ExternalSystems;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.PostgresAddress;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.resource.ResourceType;
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

    private static final ListAppender<ILoggingEvent> AUTHORIZATIONS = new ListAppender<>();
    private static final Logger AUTHORIZER = (Logger) LoggerFactory.getLogger("kafka.authorizer.logger");

    @TempDir
    private static Path directory;

    private static SecuredServers servers;

    @BeforeAll
    static void startServers() throws Exception {
        AUTHORIZATIONS.start();
        AUTHORIZER.setLevel(Level.INFO);
        AUTHORIZER.setAdditive(false);
        AUTHORIZER.addAppender(AUTHORIZATIONS);
        servers = new SecuredServers(directory);
        for (Map.Entry<RoleName, String> role : PRINCIPALS.entrySet()) {
            servers.grant(List.of("capture"), DocumentedAccess.of(role.getKey().id(), role.getValue()));
        }
        servers.grant(List.of("commands", "stranger"), DocumentedAccess.of("commands", "User:commands"));
        Configuration.from(values(servers.scram("commands"))).sources().values().forEach(Migrations::migrate);
    }

    @AfterAll
    static void stopServers() {
        servers.close();
        AUTHORIZER.detachAppender(AUTHORIZATIONS);
        AUTHORIZER.setAdditive(true);
        AUTHORIZER.setLevel(null);
    }

    @Test
    void aRowReachesItsTallyItsSinkAndItsWebhook() throws Exception {
        Set<String> refused = servers.registry().refused();
        ConcurrentLinkedQueue<String> delivered = new ConcurrentLinkedQueue<>();
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            delivered.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        Configuration commands =
                configuration(servers.scram("commands"), receiver.getAddress().getPort());
        List<Instance> instances = new ArrayList<>();
        try (LeakDetector detector = new LeakDetector(SecuredServers.SECRETS)) {
            // Given
            Topics.create(commands, commands.catalogue());
            detector.check("configuration", commands.toString());
            int port = receiver.getAddress().getPort();
            instances.add(start(RoleName.CAPTURE, servers.scram("capture"), port));
            Instance streams = start(RoleName.STREAMS, servers.plain("streams"), port);
            instances.add(streams);
            instances.add(start(RoleName.SINKS, servers.bearer("sinks"), port));
            instances.add(start(RoleName.WEBHOOKS, servers.clientCertificate(), port));
            // When
            s3("INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1000)");
            s3("INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('photos/a', 'b2', 100)");
            // Then
            Wait.until(
                    "the tally",
                    () -> InstanceApi.text(streams, "/api/backends/b2").contains("\"bytes_used\":100"));
            Wait.until("the sink", () -> count("SELECT bytes_used FROM waltally.backend_quotas") == 100);
            Wait.until("the replica", () -> count("SELECT count(*) FROM copy.object_locations") == 1);
            Wait.until("the webhook", () -> delivered.stream().anyMatch(event -> event.contains("ObjectCreated")));
            for (Instance instance : instances) {
                Wait.until(
                        "the status",
                        () -> InstanceApi.text(instance, "/api/status").contains("\"applied_lsn\""));
                detector.check("/api/status", InstanceApi.text(instance, "/api/status"));
                detector.check("/metrics", InstanceApi.text(instance, "/metrics"));
            }
            assertThat(servers.registry().refused()).isEqualTo(refused);
            assertThat(detector.leaks()).isEmpty();
            instances.forEach(Instance::close);
            assertThat(denied()).isEmpty();
            doctorKnowsWhatEachRoleNeeds(port);
        } finally {
            instances.forEach(Instance::close);
            receiver.stop(0);
        }
    }

    private static void doctorKnowsWhatEachRoleNeeds(int receiver) throws Exception {
        Map<RoleName, Map<String, String>> accounts = Map.of(
                RoleName.CAPTURE, servers.scram("capture"),
                RoleName.STREAMS, servers.plain("streams"),
                RoleName.SINKS, servers.bearer("sinks"),
                RoleName.WEBHOOKS, servers.clientCertificate());
        for (Map.Entry<RoleName, Map<String, String>> account : accounts.entrySet()) {
            assertThat(errors(doctor(account.getKey(), account.getValue(), receiver)))
                    .as(account.getKey().id())
                    .isEmpty();
        }
        for (Map.Entry<RoleName, String> removed : Map.of(
                        RoleName.CAPTURE, "WRITE on transactional id waltally-capture-*",
                        RoleName.WEBHOOKS, "READ on consumer group waltally-webhooks-*")
                .entrySet()) {
            RoleName role = removed.getKey();
            Doctor doctor = doctor(role, accounts.get(role), receiver);
            AclBinding right = DocumentedAccess.of(role.id(), PRINCIPALS.get(role)).stream()
                    .filter(acl -> removed.getValue().replace("*", "").equals(written(acl)))
                    .findFirst()
                    .orElseThrow();
            servers.revoke(right);
            Wait.until(removed.getValue(), () -> !errors(doctor).isEmpty());
            assertThat(errors(doctor))
                    .singleElement()
                    .asString()
                    .contains(removed.getValue(), "is not granted")
                    .contains("kafka-acls.sh --add");
            servers.grant(List.of(), List.of(right));
        }
        AUTHORIZATIONS.list.clear();
    }

    private static Doctor doctor(RoleName role, Map<String, String> account, int receiver) {
        return new Doctor(configuration(account, receiver), EnumSet.of(role));
    }

    private static String written(AclBinding acl) {
        String type = acl.pattern().resourceType() == ResourceType.GROUP
                ? "consumer group"
                : acl.pattern().resourceType().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return acl.entry().operation() + " on " + type + " " + acl.pattern().name();
    }

    private static List<Finding> errors(Doctor doctor) {
        return doctor.examine().findings().stream()
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

    private static Instance start(RoleName role, Map<String, String> kafka, int receiver) {
        return Instance.start(configuration(kafka, receiver), EnumSet.of(role), new StopSignal())
                .orElseThrow();
    }

    private static Configuration configuration(Map<String, String> kafka, int receiver) {
        Map<String, String> values = values(kafka);
        values.put("streams.state-directory", directory.resolve("state").toString());
        values.put("webhooks.endpoints[0].url", "http://127.0.0.1:" + receiver + "/");
        values.put("webhooks.endpoints[0].name", "receiver");
        values.put("webhooks.endpoints[0].secrets", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3");
        values.put("webhooks.endpoints[0].allow-http", "true");
        values.put("webhooks.endpoints[0].allow-private", "true");
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
        return Configuration.from(values);
    }

    private static Map<String, String> values(Map<String, String> kafka) {
        Map<String, String> values = new HashMap<>(servers.configuration());
        values.putAll(kafka);
        values.put("topics.partitions", "2");
        return values;
    }

    @Test
    void whatIsRefusedIsSaidWithItsKeyAndWithoutTheSecret() {
        String jaas = "kafka.sasl.jaas.config";
        Map<String, String> capture = servers.scram("capture");
        String stranger = servers.certificates().strangersTrustStore().toString();

        assertThat(complaint(capture, Map.of())).isEmpty();
        assertThat(complaint(
                        capture,
                        Map.of(jaas, capture.get(jaas).replace(SecuredServers.KAFKA_PASSWORD, "wrong-password-9"))))
                .contains("kafka.bootstrap.servers", "Authentication failed")
                .doesNotContain("wrong-password-9");
        assertThat(complaint(capture, Map.of("kafka.ssl.truststore.location", stranger)))
                .contains("kafka.bootstrap.servers", "SSL handshake failed");

        Map<String, String> bearer = servers.bearer("sinks");
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
        assertThat(complaint(capture, Map.of("registry.url", servers.registry().urlOfAnotherHost())))
                .contains("registry.url", "TLS: ", "127.0.0.1");

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

    /** Of one check of all systems; empty if all can be used. */
    private static String complaint(Map<String, String> kafka, Map<String, String> changed) {
        Map<String, String> values = values(kafka);
        values.put("sources.s3.user", "waltally");
        values.putAll(changed);
        ExternalSystems systems = ExternalSystems.of(Configuration.from(values), false);
        systems.check(new StopSignal());
        return String.join("\n", systems.complaints());
    }

    @Test
    void aMissingRightIsNamed() {
        Configuration stranger = Configuration.from(values(servers.scram("stranger")));
        TopicCatalogue topics = stranger.catalogue();
        assertThatThrownBy(() -> Topics.create(stranger, topics))
                .isInstanceOf(AuthorizationException.class)
                .hasMessageContainingAll("topic ", "Create", "docs/security.md");
        AUTHORIZATIONS.list.removeIf(event -> event.getFormattedMessage().contains("User:stranger"));
    }

    @Test
    void topicsThatMayNotBeAlteredAreToldApartFromThoseThatWere() throws Exception {
        Map<String, String> values = values(servers.scram("commands"));
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
                .contains("\n  agg.backend_quotas: Kafka does not allow this account AlterConfigs; docs/security.md has"
                        + " the ACLs\n")
                .doesNotContain("\n  s3.public");
        servers.grant(List.of(), right);
        AUTHORIZATIONS.list.removeIf(event -> event.getFormattedMessage().contains("AlterConfigs"));
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
