package io.waltally.app.webhook;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.webhooks.event.CloudEventBatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;

/** An endpoint with any behaviour, on a port that it keeps while it is down. */
final class HostileReceiver implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Function<Arrival, Mood> moods;
    private final int port;
    private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private volatile ServerSocket server;

    /** What it does about a request. */
    enum Mood {
        TAKE,
        /** With an answer of a megabyte. */
        TAKE_AT_LENGTH,
        FAIL,
        TOO_LARGE,
        REDIRECT,
        /** 429, to come again in a second. */
        BUSY,
        /** 503, to come again in {@link HostileReceiver#REST_SECONDS}. */
        REST,
        GONE,
        HANG,
        RESET;

        boolean takes() {
            return this == TAKE || this == TAKE_AT_LENGTH;
        }
    }

    static final int REST_SECONDS = 15;

    /** A request, and what became of it. */
    static final class Arrival {
        final Instant time = Instant.now();
        final String path;
        final Map<String, String> headers;
        final byte[] body;
        volatile Mood mood;

        private Arrival(String path, Map<String, String> headers, byte[] body) {
            this.path = path;
            this.headers = headers;
            this.body = body;
        }

        String id() {
            return headers.get("webhook-id");
        }

        /** Of the events, by what the body says if it is a batch. */
        List<String> ids() {
            return isBatch()
                    ? CloudEventBatch.read(text()).stream().map(Arrival::id).toList()
                    : List.of(id());
        }

        boolean isBatch() {
            return CloudEventBatch.CONTENT_TYPE.equals(headers.get("Content-Type"));
        }

        private static String id(String event) {
            try {
                return JSON.readTree(event).path("id").asText();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return time + " " + path + " " + id() + " " + mood;
        }
    }

    HostileReceiver(Function<Arrival, Mood> moods) throws IOException {
        this.moods = moods;
        up(0);
        port = server.getLocalPort();
    }

    private void up(int wanted) throws IOException {
        ServerSocket opened = new ServerSocket();
        opened.setReuseAddress(true);
        opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
        server = opened;
        daemon(() -> accept(opened));
    }

    void up() throws IOException {
        up(port);
    }

    /** Nobody listens any more, and whoever is connected is cut off. */
    void down() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
        connections.clear();
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "hostile-receiver");
        thread.setDaemon(true);
        thread.start();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    /** In the order in which they came. */
    List<Arrival> arrivals(String path) {
        return arrivals.stream().filter(arrival -> arrival.path.equals(path)).toList();
    }

    long taken(String path) {
        return ids(path, arrival -> arrival.mood.takes()).stream().distinct().count();
    }

    List<String> ids(String path, Predicate<Arrival> condition) {
        return arrivals(path).stream()
                .filter(condition)
                .flatMap(arrival -> arrival.ids().stream())
                .toList();
    }

    private void accept(ServerSocket opened) {
        try {
            while (true) {
                Socket connection = opened.accept();
                connections.add(connection);
                daemon(() -> serve(connection));
            }
        } catch (IOException e) {
            // It is down.
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            while (answer(connection)) {
                // The next request.
            }
        } catch (IOException e) {
            // The client is gone, or this is down.
        }
    }

    private boolean answer(Socket connection) throws IOException {
        InputStream input = connection.getInputStream();
        List<String> head = head(input);
        if (head.isEmpty()) {
            return false;
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line : head.subList(1, head.size())) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        byte[] body = input.readNBytes(Integer.parseInt(headers.get("Content-Length")));
        Arrival arrival = new Arrival(head.get(0).split(" ", -1)[1], headers, body);
        synchronized (this) {
            arrival.mood = moods.apply(arrival);
            arrivals.add(arrival);
        }
        OutputStream output = connection.getOutputStream();
        switch (arrival.mood) {
            case TAKE -> write(output, "204 No Content", "");
            case TAKE_AT_LENGTH -> {
                write(output, "200 OK", "Content-Length: 1048576\r\n");
                output.write(new byte[1 << 20]);
            }
            case FAIL -> write(output, "500 Internal Server Error", "Content-Length: 0\r\n");
            case TOO_LARGE -> write(output, "413 Content Too Large", "Content-Length: 0\r\n");
            case REDIRECT ->
                write(output, "307 Temporary Redirect", "Location: " + url("/elsewhere") + "\r\nContent-Length: 0\r\n");
            case BUSY -> write(output, "429 Too Many Requests", "Retry-After: 1\r\nContent-Length: 0\r\n");
            case REST ->
                write(output, "503 Service Unavailable", "Retry-After: " + REST_SECONDS + "\r\nContent-Length: 0\r\n");
            case GONE -> write(output, "410 Gone", "Content-Length: 0\r\n");
            case HANG -> input.read();
            case RESET -> connection.setSoLinger(true, 0);
        }
        return arrival.mood != Mood.HANG && arrival.mood != Mood.RESET;
    }

    private static void write(OutputStream output, String status, String headers) throws IOException {
        output.write(("HTTP/1.1 " + status + "\r\n" + headers + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** The lines before the empty one; none at the end of the connection. */
    private static List<String> head(InputStream input) throws IOException {
        List<String> lines = new ArrayList<>();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = input.read(); next >= 0; next = input.read()) {
            if (next != '\n') {
                line.write(next);
                continue;
            }
            String text = line.toString(StandardCharsets.US_ASCII).strip();
            line.reset();
            if (text.isEmpty()) {
                return lines;
            }
            lines.add(text);
        }
        return List.of();
    }

    @Override
    public void close() {
        try {
            down();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
