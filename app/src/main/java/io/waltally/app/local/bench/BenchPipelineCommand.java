package io.waltally.app.local.bench;

import io.waltally.app.run.StopSignal;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Measures the whole pipeline beside capture. */
@Command(
        name = "pipeline",
        header = "Measure the whole pipeline beside capture, and the size of its state per row.",
        description = {
            "Runs 'bench capture' first. Then, on empty topics and in each round with new rows: 'pipeline' is"
                    + " capture and topologies together, until a read_committed consumer has every tally with the last"
                    + " row in it. At the end the tallies are compared with SQL.",
            ""
        })
public final class BenchPipelineCommand extends BenchMeasurement {
    @Mixin
    private DebeziumServerOptions debeziumServer;

    BenchPipelineCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    int measure(Bench bench) {
        return bench.pipeline();
    }

    @Override
    Optional<DebeziumServerOptions> debeziumServer() {
        return Optional.of(debeziumServer);
    }
}
