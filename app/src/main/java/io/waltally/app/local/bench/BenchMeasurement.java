package io.waltally.app.local.bench;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.DependentOption;
import io.waltally.app.local.EmbeddedServers;
import io.waltally.app.run.StopSignal;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A subcommand of {@code bench} that writes a number of rows. */
abstract class BenchMeasurement implements Callable<Integer> {
    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private BenchOptions options;

    BenchMeasurement(StopSignal stop) {
        this.stop = stop;
    }

    /** Returns the exit code. */
    abstract int measure(Bench bench);

    /** @throws ParameterException if the options do not fit */
    void validate() {}

    /** Empty if Debezium Server does not take part. */
    Optional<DebeziumServerOptions> debeziumServer() {
        return Optional.empty();
    }

    /** Rejects {@code -c}, for a benchmark whose processes do not read the file. */
    final void requireNoConfiguration() {
        if (common.namesConfiguration()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "bench " + spec.name() + " takes no configuration file: it starts processes with the defaults");
        }
    }

    /** @throws ParameterException if one of the values of an option is not positive */
    final void requirePositive(String option, List<Integer> values) {
        values.stream().filter(value -> value < 1).findFirst().ifPresent(value -> {
            throw new ParameterException(spec.commandLine(), option + " is " + value + ": must be at least 1");
        });
    }

    /** @throws ParameterException if the value of an option is greater */
    final void requireAtMost(String option, int value, int limit) {
        if (value > limit) {
            throw new ParameterException(spec.commandLine(), option + " is " + value + ": must be at most " + limit);
        }
    }

    @Override
    public final Integer call() {
        common.applyVerbosity();
        DependentOption.require(spec, DebeziumServerOptions.JAVA, DebeziumServerOptions.HOME);
        EmbeddedServers.require();
        Bench bench;
        try {
            bench = new Bench(
                    options, debeziumServer(), common, spec.commandLine().getOut(), stop);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
        validate();
        stop.install();
        return measure(bench);
    }
}
