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

/** The time from a crash to the first change behind it. */
@Command(
        name = "recovery",
        header = "Measure how soon capture and topologies go on after kill -9.",
        description = {
            "Writes rows and has them captured and tallied by two processes. Then, in turns, kills one of them, starts it"
                    + " again at once, and waits until a row that was written after the crash is in its topic, or in the"
                    + " tallies. The topologies come back with their local state and without.",
            ""
        })
public final class BenchRecoveryCommand implements Callable<Integer> {
    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private BenchOptions options;

    BenchRecoveryCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        EmbeddedServers.require();
        Bench bench;
        try {
            bench = new Bench(
                    options, Optional.empty(), common, spec.commandLine().getOut(), stop);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
        stop.install();
        return bench.recovery();
    }
}
