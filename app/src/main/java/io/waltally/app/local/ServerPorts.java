package io.waltally.app.local;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options for the ports and data directory of the embedded servers. */
final class ServerPorts {
    private static final String DEFAULT = "; 0 is any free one (default: ${DEFAULT-VALUE}).";

    @Option(
            names = "--pg-port",
            paramLabel = "PORT",
            defaultValue = "15432",
            description = "Port of PostgreSQL" + DEFAULT)
    private int postgres;

    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            defaultValue = "19092",
            description = "Port of Kafka" + DEFAULT)
    private int kafka;

    @Option(
            names = "--registry-port",
            paramLabel = "PORT",
            defaultValue = "18081",
            description = "Port of the schema registry" + DEFAULT)
    private int registry;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Keep all data here across restarts; without it data is temporary.")
    private Path dataDirectory;

    int postgres() {
        return postgres;
    }

    int kafka() {
        return kafka;
    }

    int registry() {
        return registry;
    }

    Optional<Path> dataDirectory() {
        return Optional.ofNullable(dataDirectory);
    }
}
