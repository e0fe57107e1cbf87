package io.waltally.embedded;

import io.waltally.embedded.process.Ports;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Ports and data directory of the three embedded servers.
 *
 * @param postgresPort TCP port on loopback; 0 for any free one, as for the others
 * @param dataDirectory keeps the data of all three across restarts; without one the data is temporary
 */
public record InfrastructureOptions(int postgresPort, int kafkaPort, int registryPort, Optional<Path> dataDirectory) {
    public InfrastructureOptions {
        Ports.requireValid("postgresPort", postgresPort);
        Ports.requireValid("kafkaPort", kafkaPort);
        Ports.requireValid("registryPort", registryPort);
        requireDifferent("postgresPort", postgresPort, "kafkaPort", kafkaPort);
        requireDifferent("postgresPort", postgresPort, "registryPort", registryPort);
        requireDifferent("kafkaPort", kafkaPort, "registryPort", registryPort);
    }

    /** Free ports, temporary data. */
    public static InfrastructureOptions ephemeral() {
        return new InfrastructureOptions(0, 0, 0, Optional.empty());
    }

    /** Free ports, data in that directory. */
    public static InfrastructureOptions in(Path dataDirectory) {
        return new InfrastructureOptions(0, 0, 0, Optional.of(dataDirectory));
    }

    ServerOptions postgres() {
        return new ServerOptions(postgresPort, subdirectory("postgres"));
    }

    ServerOptions kafka() {
        return new ServerOptions(kafkaPort, subdirectory("kafka"));
    }

    ServerOptions registry() {
        return new ServerOptions(registryPort, subdirectory("registry"));
    }

    private Optional<Path> subdirectory(String name) {
        return dataDirectory.map(directory -> directory.resolve(name));
    }

    private static void requireDifferent(String one, int onePort, String other, int otherPort) {
        if (onePort != 0 && onePort == otherPort) {
            throw new IllegalArgumentException(one + " and " + other + " are both " + onePort + ": must differ");
        }
    }
}
