package io.waltally.app.local;

import io.waltally.app.command.CommonOptions;
import io.waltally.app.run.StopSignal;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** From the WAL to the last tally, beside capture. */
@Command(
        name = "pipeline",
        header = "Measure the whole pipeline beside capture, and what the topologies keep per row.",
        description = {
            "First what 'bench capture' measures. Then, on empty topics and in each round with new rows: 'pipeline' is"
                    + " capture and topologies together, until a read_committed consumer has every tally with the last"
                    + " row in it. At the end the tallies are compared with SQL.",
            ""
        })
public final class BenchPipelineCommand implements Callable<Integer> {
    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private BenchOptions options;

    @Mixin
    private DebeziumServerOptions debeziumServer;

    BenchPipelineCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        EmbeddedServers.require();
        Bench bench;
        try {
            bench = new Bench(
                    options,
                    Optional.of(debeziumServer),
                    common,
                    spec.commandLine().getOut(),
                    stop);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
        stop.install();
        return bench.pipeline();
    }
}
