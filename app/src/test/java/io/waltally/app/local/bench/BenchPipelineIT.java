package io.waltally.app.local.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.CommandProcesses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Benchmarks of the whole pipeline. The numbers are of no interest here. */
@Tag("benchmark")
class BenchPipelineIT {
    @RegisterExtension
    final CommandProcesses commands = new CommandProcesses();

    @Test
    void benchPipelineMeasuresUpToTheTalliesAndWhatIsKeptPerRow() throws Exception {
        assertPipelineWasMeasured(startPipelineBenchmark("s3"), "object_locations", "objects");
    }

    @Test
    void benchPipelineMeasuresRecordsToo() throws Exception {
        assertPipelineWasMeasured(startPipelineBenchmark("sync"), "bsos", "records");
    }

    private CommandProcess startPipelineBenchmark(String source) throws IOException {
        Path configuration = Files.writeString(commands.directory().resolve("waltally.yml"), "topics: {partitions: 2}");
        return commands.start(
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
                "-c",
                configuration.toString(),
                "--json");
    }

    private void assertPipelineWasMeasured(CommandProcess bench, String table, String state) throws Exception {
        JsonNode result = bench.document();
        assertThat(result.path("table").asText()).isEqualTo(table);
        for (String version : List.of("java", "postgresql", "kafka", "debezium")) {
            assertThat(result.path("environment").path(version).asText())
                    .as(version)
                    .matches(".*[0-9]+\\.[0-9]+.*");
        }
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
    void benchScaleAndBenchStateMeasureEachSetupAndCompareWithTheFirst() throws Exception {
        CommandProcess scale = startBenchmark("scale", "--threads", "2", "--instances", "1,2");
        CommandProcess state = startBenchmark("state", "--source", "sync", "--existing", "2000,500");
        JsonNode scales = scale.document();
        assertThat(scales.path("contenders").size()).isEqualTo(2);
        assertThat(scales.at("/ratios/2_instances_2_threads_to_1_instance_2_threads/warm")
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
        return commands.start(arguments.toArray(String[]::new));
    }
}
