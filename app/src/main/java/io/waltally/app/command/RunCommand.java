package io.waltally.app.command;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.run.ClassArchiveWriter;
import io.waltally.app.run.Instance;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Runs an instance of the pipeline until it is stopped. */
@Command(
        name = "run",
        header = "Run the pipeline against the configured systems, with its HTTP API.",
        description = {
            "Waits for PostgreSQL, Kafka and the schema registry if they are not there yet. Several instances may run"
                    + " at once: one leads each source, the others wait to take over; topologies share their partitions.",
            ""
        })
public final class RunCommand implements Callable<Integer> {
    private static final Duration LOOK_AFTER = Duration.ofSeconds(1);

    private final StopSignal stop;

    @Mixin
    private CommonOptions common;

    @Option(
            names = "--roles",
            paramLabel = "ROLE,...",
            defaultValue = "capture,streams,sinks,webhooks",
            converter = Roles.class,
            description = "Roles of this instance (default: ${DEFAULT-VALUE}).")
    private Set<RoleName> roles;

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Port of the HTTP API (default: 8080, or http.port of the configuration).")
    private Integer httpPort;

    public RunCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        common.applyVerbosity();
        Map<String, String> flags = new HashMap<>();
        if (httpPort != null) {
            flags.put(HttpSettings.PORT, httpPort.toString());
        }
        Configuration configuration = common.configuration(flags);
        stop.install();
        Optional<Instance> started = Instance.start(configuration, roles, stop);
        if (started.isPresent()) {
            try (Instance instance = started.get()) {
                untilStopped(instance, stop);
            }
        }
        return 0;
    }

    /**
     * Returns after the stop signal.
     *
     * @throws CommandFailure if the instance has nothing left to do
     */
    public static void untilStopped(Instance instance, StopSignal stop) {
        ClassArchiveWriter.commandStarted();
        while (!stop.await(LOOK_AFTER)) {
            instance.ended().ifPresent(reason -> {
                throw new CommandFailure(reason);
            });
        }
    }

    static final class Roles implements ITypeConverter<Set<RoleName>> {
        @Override
        public Set<RoleName> convert(String text) {
            try {
                return RoleName.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
