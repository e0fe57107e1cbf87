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

/** Snapshots beside a copy of the same table that does nothing with it. */
@Command(
        name = "snapshot",
        header = "Measure the snapshot of a table beside PostgreSQL's COPY of it.",
        description = {
            "Writes rows once and captures them. Then, in turns: 'copy' reads the table with COPY ... TO STDOUT through the"
                    + " JDBC driver and throws it away, 'snapshot' brings it into Kafka exactly once, as the command"
                    + " 'snapshot' does.",
            ""
        })
public final class BenchSnapshotCommand implements Callable<Integer> {
    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private BenchOptions options;

    BenchSnapshotCommand(StopSignal stop) {
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
        return bench.snapshot();
    }
}
