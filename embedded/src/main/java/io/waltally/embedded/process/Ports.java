package io.waltally.embedded.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** TCP ports on loopback. */
public final class Ports {
    public static final String LOOPBACK = "127.0.0.1";

    /**
     * Below the ephemeral ports of Linux (from 32768) and macOS (from 49152). An ephemeral port could be lost between
     * the choice and the start, even to a client that retries it while its server is down: on loopback such a client
     * may end up connected to itself.
     */
    private static final int LOWEST = 20_000;

    private static final int HIGHEST = 32_000;
    private static final int ATTEMPTS = 3;
    private static final int CONNECT_MILLIS = 1_000;
    private static final byte[] LOOPBACK_BYTES = {127, 0, 0, 1};

    /** Begins at a random port, so that processes do not collide, and returns no port twice before all others. */
    private static final AtomicInteger NEXT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(HIGHEST - LOWEST));

    private Ports() {}

    public static void requireValid(String name, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(name + " = " + port + ": must be between 0 (any free port) and 65535");
        }
    }

    /**
     * Whether the port is free, tested by a connection. A test by a listening socket of our own could fail: a child
     * process that another thread is starting may inherit the socket for a moment.
     */
    static boolean isFree(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK_BYTES), port), CONNECT_MILLIS);
            return false;
        } catch (ConnectException refused) {
            return true;
        } catch (IOException unanswered) {
            return false;
        }
    }

    /** @throws PortInUseException if that port is in use; 0 is always free */
    public static void requireFree(String service, int port) {
        if (port != 0 && !isFree(port)) {
            throw new PortInUseException(service, port);
        }
    }

    /** Returns a free port, a different one in each call. */
    public static int anyFree() {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int port = LOWEST + Math.floorMod(NEXT.getAndIncrement(), HIGHEST - LOWEST);
            if (isFree(port)) {
                return port;
            }
        }
        throw new UncheckedIOException(
                new IOException("no free port found on " + LOOPBACK + " between " + LOWEST + " and " + HIGHEST));
    }

    /**
     * Starts a server on the requested port, or on a free one if that is 0; if another process takes the free port
     * first, tries another one.
     *
     * @throws PortInUseException if the requested port is in use
     */
    public static <T> T listening(String service, int requested, IntFunction<T> start) {
        for (int attempt = 1; ; attempt++) {
            requireFree(service, requested);
            int port = requested == 0 ? anyFree() : requested;
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
