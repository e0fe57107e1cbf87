package io.waltally.app.local;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.run.StopSignal;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
                    + " there without any configuration. With one, an address on this machine (localhost, 127.0.0.1) gives"
                    + " the port of its server, unless an option does.",
            ""
        })
public final class InfraCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(InfraCommand.class);

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
        ConfiguredPorts configured =
                ConfiguredPorts.of(OwnServers.forAddresses(common).with(Map.of()));
        ports.useAsDefaults(configured);
        ports.requireValid();
        if (!configured.unused().isEmpty()) {
            LOG.info(
                    "ignored settings that name other machines, because infra starts its own servers: {}",
                    String.join(", ", configured.unused()));
        }
        stop.install();
        return LocalServers.untilStopped(ports, spec.commandLine().getOut(), stop);
    }
}
