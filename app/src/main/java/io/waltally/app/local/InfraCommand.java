package io.waltally.app.local;

import io.waltally.app.command.CommonOptions;
import io.waltally.app.run.StopSignal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs the embedded servers until stopped. */
@Command(
        name = "infra",
        header = "Start PostgreSQL, Kafka and a schema registry, and keep them until stopped.",
        description = {
            "Prints one line \"ready {...}\" with the addresses when all answer. 'migrate', 'run' and 'status' find them"
                    + " there without any configuration.",
            ""
        })
public final class InfraCommand implements Callable<Integer> {
    private final StopSignal stop;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions common;

    @Mixin
    private ServerPorts ports;

    public InfraCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        EmbeddedServers.require();
        stop.install();
        return LocalServers.untilStopped(ports, spec.commandLine().getOut(), stop);
    }
}
