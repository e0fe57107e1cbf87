package io.waltally.app.consumer;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Standalone Kafka Connect in a process of its own. Its classpath has Kafka's libraries only, as in Kafka's
 * distribution: connectors and converters come from {@code plugin.path}.
 */
final class ConnectWorker implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final int LINES_SHOWN = 100;
    private static final String LOGGING = """
            <configuration>
              <appender name="stderr" class="ch.qos.logback.core.ConsoleAppender">
                <target>System.err</target>
                <encoder><pattern>%d{HH:mm:ss.SSS} %-5level %-22logger{0} %msg%n%ex{full}</pattern></encoder>
              </appender>
              <root level="INFO"><appender-ref ref="stderr"/></root>
              <logger name="org.apache.kafka.connect.runtime.isolation" level="WARN"/>
              <logger name="org.apache.kafka.common.config.AbstractConfig" level="WARN"/>
            </configuration>
            """;

    private final Process process;
    private final URI rest;
    private final Path log;

    private ConnectWorker(Process process, URI rest, Path log) {
        this.process = process;
        this.rest = rest;
        this.log = log;
    }

    /**
     * Starts the worker and its connectors.
     *
     * @param directory for its log and logging configuration
     * @param root directory of the project, nothing of which the worker sees
     * @param rest the address of its REST API
     * @param worker its configuration
     * @param connectors a configuration each
     */
    static ConnectWorker start(Path directory, Path root, URI rest, Path worker, List<Path> connectors)
            throws IOException {
        Path logging = Files.writeString(directory.resolve("connect-logback.xml"), LOGGING);
        Path log = Files.createTempFile(directory, "connect", ".log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-Dlogback.configurationFile=" + logging,
                "-cp",
                kafkaLibraries(root),
                "org.apache.kafka.connect.cli.ConnectStandalone",
                worker.toString()));
        connectors.forEach(connector -> command.add(connector.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return new ConnectWorker(process, rest, log);
    }

    /** The classpath of the tests without what is the project's, Debezium's or Confluent's. */
    private static String kafkaLibraries(Path root) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).startsWith(root))
                .filter(entry -> Stream.of("waltally", "debezium", "confluent")
                        .noneMatch(Path.of(entry).getFileName().toString()::contains))
                .filter(entry -> !entry.contains("/io/confluent/"))
                .collect(joining(File.pathSeparator));
    }

    /**
     * Checks that the worker lives, and that none of these connectors and their tasks has failed.
     *
     * @throws AssertionError with the trace of the failure
     */
    void requireNoFailure(String... connectors) throws InterruptedException {
        assertThat(process.isAlive()).as(lastLines()).isTrue();
        for (String connector : connectors) {
            JsonNode status = get("/connectors/" + connector + "/status");
            assertThat(status.findValuesAsText("state"))
                    .as(status.toPrettyString())
                    .doesNotContain("FAILED");
        }
    }

    /** What the REST API answers, or nothing as long as it does not. */
    private JsonNode get(String path) throws InterruptedException {
        try {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(rest.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? JSON.readTree(response.body()) : JSON.missingNode();
        } catch (IOException notYet) {
            return JSON.missingNode();
        }
    }

    /** The end of its log. */
    String lastLines() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** SIGKILL; returns when it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM: the worker writes what it has read, and commits its offsets. */
    void stop() throws InterruptedException {
        process.toHandle().destroy();
        assertThat(process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                .as(lastLines())
                .isTrue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
