package io.waltally.app.secure;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.CommandProcesses;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A process whose servers do not answer, and that crashes, shows no secret anywhere. */
class SecretsIT {
    private static final Pattern ADDRESS = Pattern.compile("HTTP API at (http://127\\.0\\.0\\.1:[0-9]+)");
    private static final List<String> PATHS = List.of(
            "/healthz",
            "/readyz",
            "/metrics",
            "/api/status",
            "/api/sinks",
            "/api/webhooks",
            "/api/webhooks/crm",
            "/api/dead-letters",
            "/api/instance",
            "/api/loggers",
            "/api/backends");

    private static final String WRONG = "marked-wrong-token-0123456789";

    @RegisterExtension
    final CommandProcesses commands = new CommandProcesses();

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void neitherAnswersNorTheLogNorTheFileOfACrashHaveSecrets() throws Exception {
        // Given
        Path crash = commands.directory().resolve("crash.log");
        CommandProcess run = commands.startInstalled(
                "-XX:ErrorFile=" + crash, "run", "-v", "-c", configuration().toString());
        run.awaitError("HTTP API at ");
        Matcher address = ADDRESS.matcher(run.errors());
        assertThat(address.find()).isTrue();
        Map<String, String> texts = new LinkedHashMap<>();
        // When
        for (String path : PATHS) {
            for (String token : List.of("marked-operate-token", "marked-read-token", WRONG)) {
                texts.put(path + " for " + token, get(address.group(1) + path, token));
            }
        }
        assertThat(texts.get("/api/status for marked-operate-token")).contains("127.0.0.1:1");
        run.crash();
        texts.put("stdout", run.output());
        texts.put("stderr", run.errors());
        texts.put("crash", Files.readString(crash));
        // Then
        assertThat(texts.get("stderr")).contains("127.0.0.1:1 (kafka.bootstrap.servers)");
        assertThat(texts.get("crash")).contains("SIGSEGV", "-XX:-CreateCoredumpOnCrash");
        assertThat(texts)
                .allSatisfy((where, text) -> assertThat(text)
                        .as(where)
                        .doesNotContain("marked-", encoded("marked-sealing-key"), encoded("marked-signing-secret"))
                        .doesNotContain(Base64.getEncoder()
                                .encodeToString("capture:marked-registry".getBytes(StandardCharsets.UTF_8))));
    }

    private String get(String uri, String token) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                .header("Authorization", "Bearer " + token)
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.headers().map() + " " + answer.body();
    }

    /** 32 bytes in Base64. */
    private static String encoded(String secret) {
        byte[] bytes = (secret + "-".repeat(32)).substring(0, 32).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private Path configuration() throws Exception {
        return Files.writeString(commands.directory().resolve("waltally.yml"), """
                sources:
                  s3:
                    url: "jdbc:postgresql://127.0.0.1:1/store"
                    password: marked-s3
                    admin: {password: marked-admin}
                    sink: {user: writer, password: marked-sink-role}
                kafka:
                  bootstrap.servers: "127.0.0.1:1"
                  request.timeout.ms: 500
                  default.api.timeout.ms: 500
                  security.protocol: SASL_PLAINTEXT
                  sasl.mechanism: PLAIN
                  sasl.jaas.config: >-
                    org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="marked-kafka";
                registry: {url: "https://127.0.0.1:1", user: capture, password: marked-registry}
                http:
                  port: 0
                  read-tokens: {grafana: marked-read-token}
                  operate-tokens: {alice: marked-operate-token}
                streams: {state-directory: "%s"}
                webhooks:
                  sealing-keys: ["%s"]
                  endpoints:
                    - name: crm
                      url: "https://hooks.example.com/marked-path"
                      secrets: ["whsec_%s"]
                      headers: {X-Token: marked-header}
                sinks:
                  - {name: quotas, type: backend-quotas, url: "jdbc:postgresql://127.0.0.1:1/store", user: w, password: marked-sink}
                """.formatted(
                        commands.directory().resolve("state"),
                        encoded("marked-sealing-key"),
                        encoded("marked-signing-secret")));
    }
}
