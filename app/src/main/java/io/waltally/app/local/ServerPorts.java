package io.waltally.app.local;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options for the ports and data directory of the embedded servers. */
final class ServerPorts {
    private static final int POSTGRES = 15_432;
    private static final int KAFKA = 19_092;
    private static final int REGISTRY = 18_081;
    private static final int LAST_PORT = 65_535;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--pg-port",
            paramLabel = "PORT",
            description = "Port of PostgreSQL; 0 is any free one (default: " + POSTGRES + ").")
    private Integer postgres;

    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            description = "Port of Kafka; 0 is any free one (default: " + KAFKA + ").")
    private Integer kafka;

    @Option(
            names = "--registry-port",
            paramLabel = "PORT",
            description = "Port of the schema registry; 0 is any free one (default: " + REGISTRY + ").")
    private Integer registry;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Keep all data here across restarts; without it data is temporary.")
    private Path dataDirectory;

    /** Takes the ports of a configuration where no option gives one. */
    void useAsDefaults(ConfiguredPorts configured) {
        postgres = postgres == null ? configured.postgres().orElse(null) : postgres;
        kafka = kafka == null ? configured.kafka().orElse(null) : kafka;
        registry = registry == null ? configured.registry().orElse(null) : registry;
    }

    /** @throws ParameterException if a number is not that of a port, or if two servers have the same port */
    void requireValid() {
        Map<Integer, String> options = new HashMap<>();
        require("--pg-port", postgres(), options);
        require("--kafka-port", kafka(), options);
        require("--registry-port", registry(), options);
    }

    private void require(String option, int port, Map<Integer, String> options) {
        if (port < 0 || port > LAST_PORT) {
            throw wrong(option + " is " + port + ": must be from 0, which is any free one, to " + LAST_PORT);
        }
        String other = port == 0 ? null : options.put(port, option);
        if (other != null) {
            throw wrong(other + " and " + option + " are both " + port + ": must differ");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    int postgres() {
        return postgres == null ? POSTGRES : postgres;
    }

    int kafka() {
        return kafka == null ? KAFKA : kafka;
    }

    int registry() {
        return registry == null ? REGISTRY : registry;
    }

    Optional<Path> dataDirectory() {
        return Optional.ofNullable(dataDirectory);
    }
}
