package io.waltally.embedded;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where one embedded server listens and keeps its data.
 *
 * @param port TCP port on loopback; 0 for any free one
 * @param dataDirectory where the data stay; without one they are in a temporary directory that goes with the server
 */
public record ServerOptions(int port, Optional<Path> dataDirectory) {
    public ServerOptions {
        Ports.requireValid("port", port);
    }

    /** A free port, and data that go with the server. */
    public static ServerOptions ephemeral() {
        return new ServerOptions(0, Optional.empty());
    }

    /** A free port, and data that stay in {@code dataDirectory}. */
    public static ServerOptions in(Path dataDirectory) {
        return new ServerOptions(0, Optional.of(dataDirectory));
    }

    public ServerOptions onPort(int newPort) {
        return new ServerOptions(newPort, dataDirectory);
    }
}
