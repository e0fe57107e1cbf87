package io.waltally.app.local;

import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.run.StopSignal;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Servers, migration and pipeline in one process. */
@Command(
        name = "dev",
        header = "infra, migrate and run in one process.",
        description = {
            "Addresses and credentials of the configuration are replaced by those of the embedded servers. Its webhooks"
                    + " and sinks apply only if -c names it.",
            ""
        })
public final class DevCommand implements Callable<Integer> {
    private final StopSignal stop;

    @Mixin
    private CommonOptions common;

    @Mixin
    private ServerPorts ports;

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Port of the HTTP API (default: 8080, or http.port of the configuration).")
    private Integer httpPort;

    public DevCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        EmbeddedServers.require();
        ports.requireValid();
        Map<String, String> flags = new HashMap<>();
        if (httpPort != null) {
            flags.put(HttpSettings.PORT, httpPort.toString());
        }
        return Dev.run(ports, common, flags, stop);
    }
}
