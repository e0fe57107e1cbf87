package io.waltally.app.local;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options for the ports and data directory of the embedded servers. */
final class ServerPorts {
    private static final int POSTGRES = 15_432;
    private static final int KAFKA = 19_092;
    private static final int REGISTRY = 18_081;

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
