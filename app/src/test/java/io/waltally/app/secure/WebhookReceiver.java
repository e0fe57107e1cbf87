package io.waltally.app.secure;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Accepts notifications; those to {@value #BROKEN} only after {@link #repair}. */
final class WebhookReceiver implements AutoCloseable {
    static final String BROKEN = "/broken";

    private final HttpServer server;
    private final ConcurrentLinkedQueue<Notification> accepted = new ConcurrentLinkedQueue<>();
    private volatile boolean repaired;

    private record Notification(String path, String body) {}

    WebhookReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean accepts = repaired || !path.equals(BROKEN);
            if (accepts) {
                accepted.add(new Notification(path, body));
            }
            exchange.sendResponseHeaders(accepts ? 204 : 500, -1);
        }
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    void repair() {
        repaired = true;
    }

    /** The bodies of accepted notifications. */
    List<String> accepted(String path) {
        return accepted.stream()
                .filter(notification -> notification.path().equals(path))
                .map(Notification::body)
                .toList();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
