package io.waltally.app.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the example of docs/consuming.md as described there. */
class ReadTransactionsIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    @Test
    void transactionsArePrintedWholeAndInCommitOrder() throws Exception {
        try (Infrastructure servers = Infrastructure.forTests()) {
            Map<String, String> values = LocalServers.configuration(servers);
            values.put("http.port", "0");
            Configuration configuration = Configuration.from(values);
            configuration.sources().values().forEach(Migrations::migrate);
            try (Connection writer = Sql.connect(servers)) {
                Sql.execute(writer, "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b2', 1000)");
                try (Instance instance = Instance.start(configuration, Set.of(RoleName.CAPTURE), new StopSignal())
                        .orElseThrow()) {
                    Wait.untilCaptured(instance, Sql.end(writer));

                    // When
                    writer.setAutoCommit(false);
                    // Two transactions at once: the one that began first commits last.
                    try (Connection other = Sql.connect(servers)) {
                        other.setAutoCommit(false);
                        Sql.execute(other, Sql.insert("late/a"));
                        String late = Sql.value(other, "SELECT pg_current_xact_id()::text");
                        Sql.execute(writer, Sql.insert("photos/a"), Sql.insert("photos/b"), Sql.insert("photos/c"));
                        Sql.execute(writer, "UPDATE backend_quotas SET bytes_limit = 2000");
                        String early = Sql.value(writer, "SELECT pg_current_xact_id()::text");
                        writer.commit();
                        Sql.execute(writer, Sql.insert("photos/undone"));
                        writer.rollback();
                        other.commit();
                        Sql.execute(writer, "DELETE FROM object_locations WHERE object_key = 'photos/a'");
                        Sql.execute(
                                writer,
                                "UPDATE object_locations SET object_key = 'photos/d' WHERE object_key = 'photos/b'");
                        String last = Sql.value(writer, "SELECT pg_current_xact_id()::text");
                        writer.commit();
                        Wait.untilCaptured(instance, Sql.end(writer));

                        // Then
                        assertThat(runExample(servers))
                                .containsExactly(
                                        "s3 snapshot, epoch 0, committed at LSN, 1 records",
                                        "  r s3.public.backend_quotas {\"backend_name\": \"b2\"}",
                                        "s3 transaction " + early + ", epoch 0, committed at LSN, 4 records",
                                        object("c", "photos/a"),
                                        object("c", "photos/b"),
                                        object("c", "photos/c"),
                                        "  u s3.public.backend_quotas {\"backend_name\": \"b2\"}",
                                        "s3 transaction " + late + ", epoch 0, committed at LSN, 1 records",
                                        object("c", "late/a"),
                                        "s3 transaction " + last + ", epoch 0, committed at LSN, 5 records",
                                        object("d", "photos/a"),
                                        object("-", "photos/a"),
                                        object("d", "photos/b"),
                                        object("-", "photos/b"),
                                        object("c", "photos/d"));
                    }
                }
            }
        }
    }

    private static String object(String operation, String key) {
        return "  " + operation + " s3.public.object_locations {\"object_key\": \"" + key
                + "\", \"backend_name\": \"b2\"}";
    }

    /** Its lines, without the LSNs, which are not known here. */
    private List<String> runExample(Infrastructure servers) throws IOException, InterruptedException {
        String command = Files.readAllLines(ROOT.resolve("docs/consuming.md")).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("java -cp ") && line.contains("ReadTransactions.java"))
                .findFirst()
                .orElseThrow();
        Path output = directory.resolve("output");
        Path errors = directory.resolve("errors");
        ProcessBuilder example = new ProcessBuilder(
                        "sh",
                        "-c",
                        "exec " + command + " --kafka " + servers.kafka() + " --registry " + servers.registry())
                .directory(ROOT.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        // The Java that runs the tests.
        example.environment()
                .merge(
                        "PATH",
                        Path.of(System.getProperty("java.home"), "bin").toString(),
                        (path, java) -> java + File.pathSeparator + path);
        Process process = example.start();
        try {
            assertThat(process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                    .as("ends in time; printed %s", Files.readString(output))
                    .isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
        return Files.readAllLines(output, StandardCharsets.UTF_8).stream()
                .map(line -> line.replaceFirst("committed at [0-9A-F]+/[0-9A-F]+", "committed at LSN"))
                .toList();
    }
}
