package io.waltally.connectors.capture.debezium;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import javax.net.SocketFactory;

/**
 * Makes the sockets on which the PostgreSQL driver reads a replication stream.
 *
 * <p>The driver asks whether a message is pending by a read that times out after a millisecond, and Debezium asks all
 * the time. The longer the stream has been quiet, the longer such a read waits instead: half of that time, up to {@link
 * #MAX_WAIT}. A message ends the wait, so it is not read later; the stream's thread wakes far less often. Right after a
 * message the driver's own timeout holds, since a heartbeat has to follow the end of a transaction at once, and because
 * a read blocks the acknowledgement of what was committed to Kafka meanwhile.
 */
public final class StreamSocketFactory extends SocketFactory {
    /** The timeout that the driver sets while it asks whether a message is pending. */
    private static final int PENDING_TIMEOUT_MILLIS = 1;

    private static final Duration MAX_WAIT = Duration.ofMillis(250);

    @Override
    public Socket createSocket() {
        return new StreamSocket();
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException("the driver connects the socket itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        throw new UnsupportedOperationException("the driver connects the socket itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw new UnsupportedOperationException("the driver connects the socket itself");
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw new UnsupportedOperationException("the driver connects the socket itself");
    }

    /**
     * The timeout of a read, in milliseconds.
     *
     * @param millis the timeout that the driver sets
     * @param quiet time since the last message
     */
    static int timeout(int millis, Duration quiet) {
        if (millis != PENDING_TIMEOUT_MILLIS) {
            return millis;
        }
        return (int) Math.max(PENDING_TIMEOUT_MILLIS, Math.min(quiet.toMillis() / 2, MAX_WAIT.toMillis()));
    }

    private static final class StreamSocket extends Socket {
        private volatile long receivedNanos = System.nanoTime();

        @Override
        public synchronized void setSoTimeout(int millis) throws SocketException {
            super.setSoTimeout(timeout(millis, Duration.ofNanos(System.nanoTime() - receivedNanos)));
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read() throws IOException {
                    int value = in.read();
                    receivedNanos = System.nanoTime();
                    return value;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    int count = in.read(bytes, offset, length);
                    receivedNanos = System.nanoTime();
                    return count;
                }
            };
        }
    }
}
