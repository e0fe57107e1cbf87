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

/** Capture beside the decoding of the same WAL without it. */
@Command(
        name = "capture",
        header = "Measure capture beside Debezium's engine and PostgreSQL's own decoding.",
        description = {
            "Writes rows once. Then, in turns and each from a slot of its own: 'drain' reads them from PostgreSQL through"
                    + " the JDBC driver and counts them, 'engine' is Debezium's engine with capture's settings and a"
                    + " consumer that does nothing, 'capture' brings them into Kafka exactly once.",
            ""
        })
public final class BenchCaptureCommand implements Callable<Integer> {
    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private BenchOptions options;

    @Mixin
    private DebeziumServerOptions debeziumServer;

    BenchCaptureCommand(StopSignal stop) {
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
        return bench.capture();
    }
}
