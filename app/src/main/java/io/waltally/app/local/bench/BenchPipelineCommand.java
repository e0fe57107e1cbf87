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
            "In each round the contenders of 'bench capture', then, on empty topics and with new rows, 'pipeline': capture"
                    + " and topologies together, until a read_committed consumer has every tally with the last row in it."
                    + " The tallies are compared with SQL.",
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
