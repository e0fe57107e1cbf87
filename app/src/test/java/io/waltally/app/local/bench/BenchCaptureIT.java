package io.waltally.app.local.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.CommandProcesses;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Benchmarks of capture, and of a steady load. The numbers are of no interest here. */
@Tag("benchmark")
class BenchCaptureIT {
    @RegisterExtension
    final CommandProcesses commands = new CommandProcesses();

    @Test
    void benchCaptureMeasuresAllContendersOverTheSameRows() throws Exception {
        JsonNode result = commands.start(
                        "bench", "capture", "--rows", "1400", "--rows-per-transaction", "7", "--rounds", "2", "--json")
                .document();
        assertThat(result.path("rows").asInt()).isEqualTo(1400);
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
    void benchLatencyMeasuresEachStageOfEveryCommit() throws Exception {
        CommandProcess objects = startLatencyBenchmark("s3");
        CommandProcess records = startLatencyBenchmark("sync");
        assertLatencyWasMeasured(objects, List.of("row", "tally", "applied", "notification", "webhook"));
        assertLatencyWasMeasured(records, List.of("row", "tally", "applied"));
    }

    private CommandProcess startLatencyBenchmark(String source) throws IOException {
        return commands.start(
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
}
