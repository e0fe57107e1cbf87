package io.waltally.embedded;

import io.waltally.embedded.process.Ports;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Port and data directory of one embedded server.
 *
 * @param port TCP port on loopback; 0 for any free one
 * @param dataDirectory permanent; without one the data is temporary
 */
public record ServerOptions(int port, Optional<Path> dataDirectory) {
    public ServerOptions {
        Ports.requireValid("port", port);
    }

    /** A free port, temporary data. */
    public static ServerOptions ephemeral() {
        return new ServerOptions(0, Optional.empty());
    }

    /** A free port, data in {@code dataDirectory}. */
    public static ServerOptions in(Path dataDirectory) {
        return new ServerOptions(0, Optional.of(dataDirectory));
    }

    public ServerOptions onPort(int newPort) {
        return new ServerOptions(newPort, dataDirectory);
    }
}
