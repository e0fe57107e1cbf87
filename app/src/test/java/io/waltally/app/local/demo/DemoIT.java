package io.waltally.app.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.CommandProcesses;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code demo} in its own process. */
class DemoIT {
    @RegisterExtension
    final CommandProcesses commands = new CommandProcesses();

    @TempDir
    private Path temporary;

    @Test
    void demoProvesItsTalliesAndDeliveries() throws Exception {
        CommandProcess demo =
                commands.startWithTemporaryFilesIn(temporary, "demo", "--duration", "8s", "--seed", "3", "--json");
        JsonNode result = demo.document();
        assertThat(result.path("seed").asLong()).isEqualTo(3);
        assertThat(result.path("passed").asBoolean()).isTrue();
        assertThat(result.path("reason").asText()).contains("compared values are equal");
        assertThat(result.path("differences").asInt(-1)).isZero();
        assertThat(result.path("compared").asInt()).isGreaterThan(20);
        assertThat(result.path("delivered_notifications").asLong())
                .isPositive()
                .isEqualTo(result.at("/compared_by_kind/deliveries").asLong());
        assertThat(result.path("transactions").asLong()).isPositive();
        assertThat(result.at("/changes/object_locations/insert").asLong()).isPositive();
        assertThat(result.at("/latency_ms/p50").isNumber()).isTrue();
        assertThat(result.at("/latency_ms/p99").isNumber()).isTrue();
        assertThat(temporary).isEmptyDirectory();
        // A perfect run reports nothing that is no fault.
        assertThat(demo.errors().lines().filter(line -> line.matches("[0-9:.]+ (WARN|ERROR) .*")))
                .isEmpty();
    }

    @Test
    void aStoppedDemoSaysThatNothingWasComparedAndLeavesNothing() throws Exception {
        Path configuration = Files.writeString(commands.directory().resolve("waltally.yml"), "topics: {partitions: 1}");
        CommandProcess demo = commands.startWithTemporaryFilesIn(
                temporary, "demo", "--duration", "10m", "-c", configuration.toString());
        demo.awaitOutput("writing to both databases");
        demo.terminate();
        assertThat(demo.exitCode()).as(demo.errors()).isEqualTo(130);
        assertThat(demo.output()).endsWith("stopped before the comparison: nothing was compared\n");
        assertThat(temporary).isEmptyDirectory();
    }
}
