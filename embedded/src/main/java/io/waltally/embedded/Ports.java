package io.waltally.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;

/** TCP ports on loopback. */
final class Ports {
    static final String LOOPBACK = "127.0.0.1";

    /**
     * Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections. From within that
     * range a port could be lost between the choice and the start, and even to a client that retries it while its
     * server is down: on loopback such a client may end up connected to itself.
     */
    private static final int LOWEST = 20_000;

    private static final int HIGHEST = 32_000;
    private static final int ATTEMPTS = 3;

    private Ports() {}

    static void requireValid(String name, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(name + " = " + port + ": must be between 0 (any free port) and 65535");
        }
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // What a closed server leaves in TIME_WAIT does not count: servers set this option as well.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    /** @throws PortInUseException if that port is taken; 0 is always free */
    static void requireFree(String service, int port) {
        if (port != 0 && !isFree(port)) {
            throw new PortInUseException(service, port);
        }
    }

    static int anyFree() {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (isFree(port)) {
                return port;
            }
        }
        throw new UncheckedIOException(
                new IOException("no free port found on " + LOOPBACK + " between " + LOWEST + " and " + HIGHEST));
    }

    /**
     * Starts a server on the port that was asked for, or on a free one if that is 0; then a port that somebody else
     * takes first is not an error, another one is tried.
     *
     * @throws PortInUseException if the port that was asked for is taken
     */
    static <T> T listening(String service, int requested, IntFunction<T> start) {
        for (int attempt = 1; ; attempt++) {
            int port = requested == 0 ? anyFree() : requested;
            requireFree(service, port);
            try {
                return start.apply(port);
            } catch (EmbeddedServerException failure) {
                if (isFree(port)) {
                    throw failure;
                }
                if (requested != 0 || attempt == ATTEMPTS) {
                    PortInUseException taken = new PortInUseException(service, port);
                    taken.addSuppressed(failure);
                    throw taken;
                }
            }
        }
    }
}
