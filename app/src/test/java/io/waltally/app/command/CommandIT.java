package io.waltally.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.CommandProcesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commands in their own processes: output and exit status. */
class CommandIT {
    private static final Duration STOP = Duration.ofSeconds(10);

    @RegisterExtension
    final CommandProcesses commands = new CommandProcesses();

    @Test
    void infraServesMigrateAndRunAndASignalEndsEachWithZero() throws Exception {
        // Given
        CommandProcess infra = commands.start("infra", "--pg-port", "0", "--kafka-port", "0", "--registry-port", "0");
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

        // An orderly end keeps the loaded classes for the next start.
        for (String source : List.of("source: file:", "source: shared objects file (top)")) {
            Path classes = commands.directory().resolve("classes");
            CommandProcess run = commands.startInstalled(
                    "-Xlog:class+load:file=" + classes, "run", "-c", file.toString(), "--http-port", "0");
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
                        commands.directory().resolve("state")));
    }
}
