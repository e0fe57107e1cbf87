package io.waltally.app.secure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.InProcessCommand;
import io.waltally.app.config.PlantedSecrets;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.CommandProcesses;
import io.waltally.embedded.process.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes whose servers do not answer, and that crash, and commands of an operator show no secret anywhere. */
class SecretsIT {
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

    private static final List<String> COMMANDS = List.of(
            "doctor --json",
            "status --json",
            "webhooks list --json",
            "webhooks test crm",
            "webhooks pause crm",
            "sinks list --json",
            "sinks pause backend-quotas",
            "dlq list --json",
            "topics describe --json",
            "migrate",
            "config check",
            "config show --json");

    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    final CommandProcesses processes = new CommandProcesses();

    private final HttpClient client = HttpClient.newHttpClient();

    /** A process, with the secrets of the file. */
    private record Planted(CommandProcess run, int port, Path file, Path crash) {}

    @Test
    void neitherAnswersNorLogsNorCommandsNorTheFileOfACrashHaveSecrets() throws Exception {
        // Given
        PlantedSecrets secrets = new PlantedSecrets(processes.directory());
        Map<String, Planted> started = new LinkedHashMap<>();
        started.put("secrets in a file", start("file", secrets.withStores(), Set.of()));
        started.put(
                "secrets in variables",
                start("variables", secrets.withToken(), secrets.byKey().keySet()));
        for (Planted planted : started.values()) {
            planted.run().awaitError("HTTP API at ");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (LeakDetector detector = new LeakDetector(secrets.texts())) {
            // When
            Map<String, Future<InProcessCommand>> commands = new LinkedHashMap<>();
            started.forEach((name, planted) -> COMMANDS.forEach(command -> commands.put(
                    command + " with " + name,
                    threads.submit(() -> InProcessCommand.run(planted.file(), ("-v " + command).split(" "))))));
            for (Map.Entry<String, Planted> planted : started.entrySet()) {
                for (String path : PATHS) {
                    for (String token : tokens(secrets.byKey())) {
                        texts.put(
                                path + " for " + token + " with " + planted.getKey(),
                                get("http://127.0.0.1:" + planted.getValue().port() + path, token));
                    }
                }
            }
            for (Map.Entry<String, Future<InProcessCommand>> command : commands.entrySet()) {
                texts.put(command.getKey(), command.getValue().get().output());
            }
            assertThat(detector.leaks()).isEmpty();
        } finally {
            threads.shutdownNow();
        }
        for (Map.Entry<String, Planted> planted : started.entrySet()) {
            CommandProcess run = planted.getValue().run();
            run.crash();
            texts.put("stdout with " + planted.getKey(), run.output());
            texts.put("stderr with " + planted.getKey(), run.errors());
            texts.put(
                    "crash with " + planted.getKey(),
                    Files.readString(planted.getValue().crash()));
        }
        // Then
        started.keySet().forEach(name -> {
            assertThat(texts.get("doctor --json with " + name)).contains("\"endpoint crm\"", "\"sink backend-quotas\"");
            assertThat(texts.get("status --json with " + name)).contains("127.0.0.1:1");
            assertThat(texts.get("sinks list --json with " + name)).contains("\"postgres\"");
            assertThat(texts.get("config show --json with " + name)).contains("***");
            assertThat(texts.get("stderr with " + name)).contains("127.0.0.1:1 (kafka.bootstrap.servers)");
            assertThat(texts.get("crash with " + name)).contains("SIGSEGV", "-XX:-CreateCoredumpOnCrash");
        });
        assertThat(texts).allSatisfy((where, text) -> assertThat(text).as(where).doesNotContain(secrets.texts()));
    }

    /** One that may operate, one that may read, and one that may nothing. */
    private static List<String> tokens(Map<String, String> byKey) {
        return List.of(
                byKey.get("http.operate-tokens.alice"),
                byKey.get("http.read-tokens.alice"),
                byKey.get("registry.token"));
    }

    /** @param inVariables the settings that the process reads from variables */
    private Planted start(String name, Map<String, String> settings, Set<String> inVariables) throws IOException {
        Path directory = Files.createDirectory(processes.directory().resolve(name));
        int port = Ports.anyFree();
        settings.put("http.port", Integer.toString(port));
        settings.put("streams.state-directory", directory.resolve("state").toString());
        Path file = write(directory.resolve("waltally.yml"), settings);
        Path crash = directory.resolve("crash.log");
        Map<String, String> environment = new HashMap<>();
        environment.put("WALTALLY_JAVA_OPTS", "-XX:ErrorFile=" + crash);
        settings.replaceAll((key, value) -> inVariables.contains(key) ? variable(environment, value) : value);
        Path references = write(directory.resolve("references.yml"), settings);
        CommandProcess run = processes.startInstalled(environment, "run", "-v", "-c", references.toString());
        return new Planted(run, port, file, crash);
    }

    /** Returns a reference to a new variable. */
    private static String variable(Map<String, String> environment, String value) {
        String name = "VARIABLE_" + environment.size();
        environment.put(name, value);
        return "${" + name + "}";
    }

    /** JSON is YAML. */
    private static Path write(Path file, Map<String, String> settings) throws IOException {
        return Files.writeString(file, JSON.writeValueAsString(settings));
    }

    private String get(String uri, String token) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                .header("Authorization", "Bearer " + token)
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.headers().map() + " " + answer.body();
    }
}
