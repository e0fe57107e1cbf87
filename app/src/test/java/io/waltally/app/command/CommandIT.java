package io.waltally.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.CommandProcesses;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commands in their own processes: output and exit status. */
class CommandIT {
    private static final Duration STOP = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @RegisterExtension
    final CommandProcesses commands = new CommandProcesses();

    @Test
    void infraMigrateRunAndDevShareDataAndExitZeroOnSignal() throws Exception {
        // Given
        CommandProcess infra = withServers("infra");
        JsonNode ready = infra.awaitReady();
        Path file = configuration(ready);

        // A port that is taken is named.
        CommandProcess second =
                commands.start("infra", "--pg-port", ready.at("/postgres/port").asText());
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.errors())
                .contains("port " + ready.at("/postgres/port").asText());

        // When
        CommandProcess migrate = commands.start("migrate", "-c", file.toString());
        assertThat(migrate.exitCode()).as(migrate.errors()).isZero();
        CommandProcess again = commands.start("migrate", "-c", file.toString());
        assertThat(again.exitCode()).isZero();
        assertThat(again.output().lines())
                .isNotEmpty()
                .allSatisfy(report -> assertThat(report).contains("nothing to do"));

        int postgres = ready.at("/postgres/port").asInt();
        execute(postgres, "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b', 0)");
        insertObject(postgres, "a", 100);

        // An orderly end keeps the loaded classes for the next start.
        for (String source : List.of("source: file:", "source: shared objects file (top)")) {
            Path classes = commands.directory().resolve("classes");
            CommandProcess run = commands.startInstalled(
                    Map.of("WALTALLY_JAVA_OPTS", "-Xlog:class+load:file=" + classes),
                    "run",
                    "-c",
                    file.toString(),
                    "--http-port",
                    "0");
            run.awaitError("ready: ");
            run.stop();
            assertThat(run.output()).isEmpty();
            assertThat(Files.readAllLines(classes))
                    .filteredOn(line -> line.contains(" org.apache.kafka.streams.KafkaStreams "))
                    .singleElement(STRING)
                    .contains(source);
        }

        infra.stop(STOP);
        assertThat(infra.output().lines()).hasSize(1);

        // 'dev' continues from the data of 'infra' and the state of 'run'.
        CommandProcess dev = withServers("dev", "-c", file.toString(), "--http-port", "0");
        dev.awaitError("the page is at ");
        insertObject(Integer.parseInt(logged(dev, "PostgreSQL on port (\\d+)")), "b", 10);
        awaitBytes(logged(dev, "the page is at (\\S+)/") + "/api/backends/b", 110);
        dev.stop(STOP);
        assertThat(dev.errors()).doesNotContain(" WARN ", " ERROR ", "begins with a snapshot");
    }

    private CommandProcess withServers(String command, String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--pg-port", "0", "--kafka-port", "0", "--registry-port", "0", "--data-dir"));
        arguments.add(commands.directory().resolve("data").toString());
        arguments.addAll(List.of(options));
        return commands.start(arguments.toArray(String[]::new));
    }

    private static void insertObject(int port, String key, long bytes) throws SQLException {
        execute(
                port,
                "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('" + key + "', 'b', "
                        + bytes + ")");
    }

    private static void execute(int port, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + port + "/s3_orchestrator", "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The group of a pattern in the log. */
    private static String logged(CommandProcess process, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(process.errors());
        assertThat(matcher.find()).as(process.errors()).isTrue();
        return matcher.group(1);
    }

    private static void awaitBytes(String backend, long bytes) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(backend)).build();
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        String answer = "";
        while (!answer.contains("\"bytes_used\":" + bytes + ",")) {
            assertThat(System.nanoTime()).as(answer).isLessThan(deadline);
            answer = HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private Path configuration(JsonNode ready) throws IOException {
        String database = "jdbc:postgresql://" + ready.at("/postgres/host").asText() + ":"
                + ready.at("/postgres/port").asText() + "/";
        return Files.writeString(commands.directory().resolve("waltally.yml"), """
                sources:
                  s3: {url: "%ss3_orchestrator"}
                  sync: {url: "%ssyncstorage"}
                kafka: {bootstrap.servers: "%s"}
                registry: {url: "%s"}
                streams: {state-directory: "%s"}
                topics: {partitions: 2}
                """.formatted(
                        database,
                        database,
                        ready.path("kafka").asText(),
                        ready.path("registry").asText(),
                        commands.directory().resolve("data").resolve("streams")));
    }
}
