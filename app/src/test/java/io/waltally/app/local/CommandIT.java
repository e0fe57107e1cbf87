package io.waltally.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands in their own processes: output and exit status. */
class CommandIT {
    private static final Duration STOP = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private final List<CommandProcess> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (CommandProcess process : processes) {
            process.kill();
        }
    }

    @Test
    void infraServesMigrateAndRunAndASignalEndsEachWithZero() throws Exception {
        // Given
        CommandProcess infra = start("infra", "--pg-port", "0", "--kafka-port", "0", "--registry-port", "0");
        JsonNode ready = infra.awaitReady();
        Path file = configuration(ready);

        // A port that is taken is named.
        CommandProcess second =
                start("infra", "--pg-port", ready.at("/postgres/port").asText());
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.errors())
                .contains("port " + ready.at("/postgres/port").asText());

        // When
        CommandProcess migrate = start("migrate", "-c", file.toString());
        assertThat(migrate.exitCode()).as(migrate.errors()).isZero();
        CommandProcess again = start("migrate", "-c", file.toString());
        assertThat(again.exitCode()).isZero();
        assertThat(again.output().lines())
                .isNotEmpty()
                .allSatisfy(report -> assertThat(report).contains("nothing to do"));

        CommandProcess run = start("run", "-c", file.toString(), "--http-port", "0");
        run.awaitError("HTTP API at");
        run.stop(STOP);

        infra.stop(STOP);
        assertThat(infra.output().lines()).hasSize(1);
    }

    @Test
    void demoProvesItsTalliesAndDeliveries() throws Exception {
        JsonNode result =
                start("demo", "--duration", "15s", "--seed", "3", "--json").document();
        assertThat(result.path("seed").asLong()).isEqualTo(3);
        assertThat(result.path("differences").asInt(-1)).isZero();
        assertThat(result.path("compared").asInt()).isGreaterThan(20);
        assertThat(result.path("delivered_notifications").asLong())
                .isPositive()
                .isEqualTo(result.at("/compared_by_kind/deliveries").asLong());
        assertThat(result.path("transactions").asLong()).isPositive();
        assertThat(result.at("/changes/object_locations/insert").asLong()).isPositive();
        assertThat(result.at("/latency_ms/p50").isNumber()).isTrue();
        assertThat(result.at("/latency_ms/p99").isNumber()).isTrue();
    }

    @Test
    void benchCaptureMeasuresAllContendersOverTheSameRows() throws Exception {
        JsonNode result = start(
                        "bench", "capture", "--rows", "3000", "--rows-per-transaction", "7", "--rounds", "2", "--json")
                .document();
        assertThat(result.path("rows").asInt()).isEqualTo(3000);
        assertThat(result.path("rows_per_transaction").asInt()).isEqualTo(7);
        for (String contender : List.of("drain", "engine", "capture")) {
            JsonNode speed = result.path("contenders").path(contender);
            assertThat(speed.path("cold").asLong()).as(contender).isPositive();
            assertThat(speed.path("warm_median").asLong()).as(contender).isPositive();
        }
        for (String ratio : List.of("engine_to_drain", "capture_to_drain", "capture_to_engine")) {
            assertThat(result.at("/ratios/" + ratio + "/warm").asDouble())
                    .as(ratio)
                    .isPositive();
        }
    }

    @Test
    void benchPipelineMeasuresUpToTheTalliesAndWhatIsKeptPerRow() throws Exception {
        // Side by side, since what they measure is of no interest here.
        CommandProcess objects = startPipelineBenchmark("s3");
        CommandProcess records = startPipelineBenchmark("sync");
        assertPipelineWasMeasured(objects, "object_locations", "objects");
        assertPipelineWasMeasured(records, "bsos", "records");
    }

    private CommandProcess startPipelineBenchmark(String source) throws IOException {
        return start(
                "bench",
                "pipeline",
                "--source",
                source,
                "--rows",
                "1300",
                "--rows-per-transaction",
                "70",
                "--rounds",
                "2",
                "--json");
    }

    private void assertPipelineWasMeasured(CommandProcess bench, String table, String state) throws Exception {
        JsonNode result = bench.document();
        assertThat(result.path("table").asText()).isEqualTo(table);
        assertThat(result.at("/contenders/pipeline/cold").asLong()).isPositive();
        assertThat(result.at("/contenders/pipeline/warm").size()).isEqualTo(1);
        for (String ratio : List.of("pipeline_to_drain", "pipeline_to_engine", "pipeline_to_capture")) {
            assertThat(result.at("/ratios/" + ratio + "/warm").asDouble())
                    .as(ratio)
                    .isPositive();
        }
        JsonNode store = result.path("state").path(state);
        assertThat(store.path("entries_per_row").asDouble()).isBetween(0.7, 1.0);
        assertThat(store.path("bytes_per_row").asDouble()).isBetween(10.0, 150.0);
        assertThat(store.path("disk_bytes_per_row").asDouble()).isPositive();
    }

    @Test
    void benchLatencyMeasuresEachStageOfEveryCommit() throws Exception {
        CommandProcess objects = startLatencyBenchmark("s3");
        CommandProcess records = startLatencyBenchmark("sync");
        assertLatencyWasMeasured(objects, List.of("row", "applied", "notification", "webhook"));
        assertLatencyWasMeasured(records, List.of("row", "tally", "applied"));
    }

    private CommandProcess startLatencyBenchmark(String source) throws IOException {
        return start(
                "bench",
                "latency",
                "--source",
                source,
                "--rate",
                "50",
                "--warm-up",
                "1s",
                "--duration",
                "2s",
                "--json");
    }

    private void assertLatencyWasMeasured(CommandProcess bench, List<String> stages) throws Exception {
        JsonNode result = bench.document();
        long rows = result.at("/stages/row/count").asLong();
        assertThat(rows).isPositive();
        assertThat(result.path("stages").size()).isEqualTo(stages.size());
        for (String stage : stages) {
            JsonNode millis = result.path("stages").path(stage);
            assertThat(millis.path("count").asLong()).as(stage).isGreaterThanOrEqualTo(rows);
            assertThat(millis.path("p50").asLong())
                    .as(stage)
                    .isBetween(0L, millis.path("max").asLong());
        }
    }

    @Test
    void benchScaleAndBenchStateMeasureEachSetupAndCompareWithTheFirst() throws Exception {
        CommandProcess scale = startBenchmark("scale", "--threads", "1,2", "--instances", "1,2");
        CommandProcess state = startBenchmark("state", "--source", "sync", "--existing", "2000,500");
        JsonNode scales = scale.document();
        assertThat(scales.path("contenders").size()).isEqualTo(4);
        assertThat(scales.at("/ratios/2_instances_2_threads_to_1_instance_1_thread/warm")
                        .asDouble())
                .isPositive();
        JsonNode states = state.document();
        assertThat(states.at("/contenders/on_2000_rows/warm_median").asLong()).isPositive();
        assertThat(states.path("ratios").size()).isEqualTo(1);
        assertThat(states.at("/ratios/on_2000_rows_to_on_500_rows/warm").asDouble())
                .isPositive();
    }

    private CommandProcess startBenchmark(String name, String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("bench", name));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("--rows", "700", "--rows-per-transaction", "70", "--rounds", "2", "--json"));
        return start(arguments.toArray(String[]::new));
    }

    private Path configuration(JsonNode ready) throws IOException {
        String database = "jdbc:postgresql://" + ready.at("/postgres/host").asText() + ":"
                + ready.at("/postgres/port").asText() + "/";
        return Files.writeString(directory.resolve("waltally.yml"), """
                sources:
                  s3: {url: "%ss3_orchestrator"}
                  sync: {url: "%ssyncstorage"}
                kafka: {bootstrap.servers: "%s"}
                registry: {url: "%s"}
                streams: {state-directory: "%s"}
                """.formatted(
                        database,
                        database,
                        ready.path("kafka").asText(),
                        ready.path("registry").asText(),
                        directory.resolve("state")));
    }

    private CommandProcess start(String... arguments) throws IOException {
        CommandProcess process = CommandProcess.start(directory, arguments);
        processes.add(process);
        return process;
    }
}
