package io.waltally.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.http.ApiFixture;
import io.waltally.app.http.FakeTallies;
import io.waltally.app.http.tls.TestCertificates;
import io.waltally.app.run.Instance;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Commands that ask a running instance which asks for a token, by TLS. */
class InstanceCommandsTest {
    private static final String READ = "read-0123456789abcdef";
    private static final String OPERATE = "operate-0123456789abcdef";

    @TempDir
    private static Path certificateDirectory;

    private static TestCertificates certificates;

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private ApiFixture api;

    @BeforeAll
    static void makeCertificates() {
        certificates = new TestCertificates(certificateDirectory)
                .add("tls", "EC", "dns:waltally-1.example")
                .add("other", "EC", "dns:waltally-1.example");
    }

    @BeforeEach
    void start() {
        Map<String, String> settings = new HashMap<>(certificates.settings("tls"));
        settings.put("read-tokens.grafana", READ);
        settings.put("operate-tokens.alice", OPERATE);
        api = new ApiFixture(settings);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void theTokenIsOfTheConfigurationOrOfAFile() throws IOException {
        assertThat(execute("resume", "s3", configuration("operate-tokens: {alice: " + OPERATE + "}")))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("s3 resumes");
        String token =
                Files.writeString(directory.resolve("token"), OPERATE + "\n").toString();
        assertThat(execute(
                        "resume", "s3", configuration("read-tokens: {grafana: " + READ + "}"), "--token-file", token))
                .as(err.toString())
                .isZero();
        assertThat(execute("sinks", "list", configuration("read-tokens: {grafana: " + READ + "}")))
                .isZero();
        assertThat(err.toString()).doesNotContain("waltally:");
    }

    @Test
    void topPrintsTheFiguresOnceWhereThereIsNoTerminal() throws IOException {
        try (ApiFixture streaming = ApiFixture.streaming(Map.of())) {
            streaming.tallies.backends.put("b2", FakeTallies.quota(5));
            streaming.produced.next.add(log -> log.appendState("status", Map.of("ready", true)));
            Path file =
                    Files.writeString(directory.resolve("waltally.yml"), "http: {port: " + streaming.port() + "}\n");
            assertThat(execute("top", "--config=" + file)).as(err.toString()).isZero();
        }
        assertThat(out.toString()).contains("ready", "b2", "last notifications");
    }

    @Test
    void aRefusalSaysWhatIsMissing() throws IOException {
        assertThat(execute("resume", "s3", configuration(""))).isEqualTo(1);
        assertThat(err.toString())
                .contains("waltally: the instance at " + api.uri()
                        + " refuses the request: this instance asks for a token")
                .contains("--token-file, the environment variable WALTALLY_HTTP_TOKEN, or the configuration");
        assertThat(execute("resume", "s3", configuration("read-tokens: {grafana: " + READ + "}")))
                .isEqualTo(1);
        assertThat(err.toString())
                .contains("waltally: the token of grafana is of scope read; this needs one of http.operate-tokens");
        // It does not look as if no instance ran.
        assertThat(execute("sinks", "list", configuration(""))).isEqualTo(1);
        assertThat(execute("resume", "s3", configuration(""), "--token-file", "nowhere"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("--token-file is \"nowhere\": there is no such file")
                .doesNotContain(OPERATE);
    }

    @Test
    void aServerThatIsNotTrustedGetsNoToken() throws IOException {
        String configuration = configuration("other", "operate-tokens: {alice: " + OPERATE + "}");
        assertThat(execute("resume", "s3", configuration)).isEqualTo(1);
        assertThat(err.toString())
                .contains("waltally: the instance at " + api.uri() + " cannot be reached by TLS: ")
                .contains("http.tls.trusted names the certificates of trusted issuers");
    }

    @Test
    void unansweredRequestIsNotTreatedAsUndelivered() throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), "http: {port: " + api.port() + "}\n");
        // It would be recorded in Kafka for the next start.
        assertThat(execute("resume", "s3", "--new-epoch", "--config=" + file)).isEqualTo(1);
        assertThat(err.toString())
                .contains(
                        "waltally: what listens at http://127.0.0.1:" + api.port() + " has not answered the request (")
                .contains("If it speaks TLS, the configuration needs http.tls.certificate");
    }

    @Test
    void anInstanceWithAFileOfTlsThatCannotBeUsedStartsNothing() {
        StopSignal stop = new StopSignal();
        // Otherwise it would wait for servers that are not there.
        stop.request();
        Path missing = directory.resolve("missing.crt");
        for (String key : List.of("http.tls.certificate", "http.tls.key", "http.tls.trusted")) {
            Map<String, String> values = new HashMap<>();
            certificates.settings("tls").forEach((name, value) -> values.put("http." + name, value));
            values.put(key, missing.toString());
            Configuration configuration = Configuration.from(values);
            assertThatThrownBy(() -> Instance.start(configuration, EnumSet.allOf(RoleName.class), stop))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage(key + " is \"" + missing + "\": the file does not exist");
        }
    }

    /** Writes the file, and returns the option that names it. */
    private String configuration(String tokens) throws IOException {
        return configuration("tls", tokens);
    }

    private String configuration(String certificate, String tokens) throws IOException {
        // The host does not exist, so that commands do not wait for Kafka.
        Path file = Files.writeString(directory.resolve("waltally.yml"), """
                kafka: {bootstrap.servers: "kafka.invalid:9092"}
                http:
                  port: %d
                  tls: {certificate: "%s", key: "%s"}
                  %s
                """.formatted(
                        api.port(), certificates.certificate(certificate), certificates.key(certificate), tokens));
        return "--config=" + file;
    }

    private int execute(String... args) {
        CommandLine line = Main.commandLine(new StopSignal());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(args);
    }
}
