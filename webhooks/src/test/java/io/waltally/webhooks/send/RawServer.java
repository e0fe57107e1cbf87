package io.waltally.webhooks.send;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A loopback server with malformed and hostile answers. */
final class RawServer implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");

    private final ServerSocket server;
    private final Behaviour behaviour;
    private final List<Socket> connections = new CopyOnWriteArrayList<>();

    /** Requests as they came. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** What it does with the connection after a request. */
    interface Behaviour {
        void answer(Socket connection) throws IOException;
    }

    RawServer(Behaviour behaviour) throws IOException {
        this.behaviour = behaviour;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    /** One that always answers the same. */
    static RawServer answering(String status, String... headers) throws IOException {
        return new RawServer(connection -> {
            String head = "HTTP/1.1 " + status + "\r\n" + String.join("", headers) + "Content-Length: 2\r\n\r\nok";
            connection.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        });
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "raw-server");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    int accepted() {
        return connections.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = server.accept();
                connections.add(connection);
                daemon(() -> serve(connection));
            }
        } catch (SocketException e) {
            // Closed.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            while (read(connection.getInputStream())) {
                behaviour.answer(connection);
            }
        } catch (IOException e) {
            // The client has had enough.
        }
    }

    private boolean read(InputStream input) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        String text = "";
        while (!text.endsWith("\r\n\r\n")) {
            int next = input.read();
            if (next < 0) {
                return false;
            }
            head.write(next);
            text = head.toString(StandardCharsets.US_ASCII);
        }
        Matcher length = LENGTH.matcher(text);
        byte[] body = input.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
        requests.add(text + new String(body, StandardCharsets.UTF_8));
        return true;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }
}
