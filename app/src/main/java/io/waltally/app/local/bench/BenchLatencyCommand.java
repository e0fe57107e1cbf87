package io.waltally.app.local.bench;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.DurationConverter;
import io.waltally.app.local.EmbeddedServers;
import io.waltally.app.run.StopSignal;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the time from a commit to its results. */
@Command(
        name = "latency",
        header = "Measure the time from a commit to its row, tally, notification and webhook.",
        description = {
            "Writes transactions of one row each at a steady rate while the whole pipeline runs. Each latency"
                    + " begins with the commit, by the clock of the database, and ends when a read_committed consumer has"
                    + " the record, or a receiver the webhook. 'applied' is when it is known that all tallies hold the"
                    + " transaction; of backends, that is when the tally is exact. Notifications are of objects. The"
                    + " warm-up is left out.",
            ""
        })
public final class BenchLatencyCommand implements Callable<Integer> {
    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private BenchSourceOptions benched;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Transactions per second (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "How long to measure, such as 30s or 5m (default: ${DEFAULT-VALUE}).")
    private Duration duration;

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "How long to write before that (default: ${DEFAULT-VALUE}).")
    private Duration warmUp;

    BenchLatencyCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        if (rate < 1) {
            throw new ParameterException(spec.commandLine(), "--rate is " + rate + ": must be at least 1");
        }
        if (duration.isZero()) {
            throw new ParameterException(spec.commandLine(), "--duration is 0: must be longer than that");
        }
        EmbeddedServers.require();
        stop.install();
        return new LatencyBench(
                        benched.source(),
                        rate,
                        warmUp,
                        duration,
                        benched.json(),
                        common,
                        spec.commandLine().getOut(),
                        stop)
                .run();
    }
}
