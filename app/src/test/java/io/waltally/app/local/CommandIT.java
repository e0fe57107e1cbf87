package io.waltally.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands as processes of their own: what they print, how they exit. */
class CommandIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String READY = "ready ";

    @TempDir
    private Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void infraServesMigrateAndRunAndASignalEndsEachWithZero() throws Exception {
        // Given
        Process infra = start("infra", "--pg-port", "0", "--kafka-port", "0", "--registry-port", "0");
        BufferedReader out = infra.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        assertThat(line).as(errors(infra)).startsWith(READY);
        JsonNode ready = JSON.readTree(line.substring(READY.length()));
        Path file = configuration(ready);

        // A port that is taken is named.
        Process second = start("infra", "--pg-port", ready.at("/postgres/port").asText());
        assertThat(exitCode(second, 60)).isEqualTo(1);
        assertThat(errors(second)).contains("port " + ready.at("/postgres/port").asText());

        // When
        Process migrate = start("migrate", "-c", file.toString());
        assertThat(exitCode(migrate, 60)).as(errors(migrate)).isZero();
        Process again = start("migrate", "-c", file.toString());
        assertThat(exitCode(again, 60)).isZero();
        assertThat(again.inputReader().lines())
                .allSatisfy(report -> assertThat(report).contains("nothing to do"));

        Process run = start("run", "-c", file.toString(), "--http-port", "0");
        awaitError(run, "HTTP API at");
        terminate(run);
        assertThat(exitCode(run, 10)).as(errors(run)).isZero();

        terminate(infra);
        assertThat(exitCode(infra, 10)).as(errors(infra)).isZero();
        assertThat(out.readLine()).as("a second line of infra").isNull();
    }

    @Test
    void demoProvesItsTalliesAndDeliveries() throws Exception {
        Process demo = start("demo", "--duration", "15s", "--seed", "3", "--json");
        JsonNode result = JSON.readTree(demo.getInputStream());
        assertThat(exitCode(demo, 60))
                .as("%s%n%s", result.toPrettyString(), errors(demo))
                .isZero();
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
        Process bench =
                start("bench", "capture", "--rows", "3000", "--rows-per-transaction", "7", "--rounds", "2", "--json");
        JsonNode result = JSON.readTree(bench.getInputStream());
        assertThat(exitCode(bench, 60)).as(errors(bench)).isZero();
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
        Process objects = startPipelineBenchmark("s3");
        Process records = startPipelineBenchmark("sync");
        assertPipelineWasMeasured(objects, "object_locations", "objects");
        assertPipelineWasMeasured(records, "bsos", "records");
    }

    private Process startPipelineBenchmark(String source) throws IOException {
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

    private void assertPipelineWasMeasured(Process bench, String table, String state) throws Exception {
        JsonNode result = JSON.readTree(bench.getInputStream());
        assertThat(exitCode(bench, 60)).as(errors(bench)).isZero();
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
        Process objects = startLatencyBenchmark("s3");
        Process records = startLatencyBenchmark("sync");
        assertLatencyWasMeasured(objects, List.of("row", "applied", "notification", "webhook"));
        assertLatencyWasMeasured(records, List.of("row", "tally", "applied"));
    }

    private Process startLatencyBenchmark(String source) throws IOException {
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

    private void assertLatencyWasMeasured(Process bench, List<String> stages) throws Exception {
        JsonNode result = JSON.readTree(bench.getInputStream());
        assertThat(exitCode(bench, 60)).as(errors(bench)).isZero();
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

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx768m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.waltally.app.Main"));
        command.addAll(List.of(arguments));
        Path errors = Files.createTempFile(directory, "process", ".err");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        Files.move(errors, errorsOf(process));
        processes.add(process);
        return process;
    }

    private Path errorsOf(Process process) {
        return directory.resolve(process.pid() + ".err");
    }

    private String errors(Process process) throws IOException {
        return Files.readString(errorsOf(process));
    }

    /** By signal only: {@link Process#destroy} would close the streams as well. */
    private static void terminate(Process process) {
        assertThat(process.toHandle().destroy()).isTrue();
    }

    private static int exitCode(Process process, int seconds) throws InterruptedException {
        assertThat(process.waitFor(seconds, TimeUnit.SECONDS))
                .as("ends within %d s", seconds)
                .isTrue();
        return process.exitValue();
    }

    private void awaitError(Process process, String text) throws IOException, InterruptedException {
        while (!errors(process).contains(text)) {
            assertThat(process.waitFor(100, TimeUnit.MILLISECONDS))
                    .as(errors(process))
                    .isFalse();
        }
    }
}
