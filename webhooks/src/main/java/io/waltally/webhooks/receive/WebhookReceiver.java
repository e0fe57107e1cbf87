package io.waltally.webhooks.receive;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.waltally.webhooks.sign.SignatureVerifier;
import io.waltally.webhooks.sign.SigningSecret;
import io.waltally.webhooks.sign.StandardSignature;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.ToIntFunction;

/** An HTTP server that receives webhooks and verifies their signatures. Answers 401 without a valid signature. */
public final class WebhookReceiver implements AutoCloseable {
    private static final int THREADS = 8;
    private static final int MAX_BODY = 16 << 20;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int CONTENT_TOO_LARGE = 413;
    private static final int UNAUTHORIZED = 401;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, WebhookReceiver::daemon);
    private final SignatureVerifier verifier;
    private final Clock clock;
    private final ToIntFunction<ReceivedWebhook> handler;

    /**
     * Starts to listen.
     *
     * @param address with port 0 for any free one
     * @param secrets accepted secrets
     * @param handler called for each request, from several threads; returns the status of the answer to a trusted
     *     request
     * @throws IOException if it cannot listen there
     */
    public WebhookReceiver(
            InetSocketAddress address, List<SigningSecret> secrets, Clock clock, ToIntFunction<ReceivedWebhook> handler)
            throws IOException {
        this.verifier = new SignatureVerifier(secrets);
        this.clock = clock;
        this.handler = handler;
        server = HttpServer.create(address, 0);
        server.setExecutor(threads);
        server.createContext("/", this::receive);
        server.start();
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "webhook-receiver");
        thread.setDaemon(true);
        return thread;
    }

    /** The URL of this receiver. */
    public URI url() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : address.getHostString();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort() + "/");
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                exchange.sendResponseHeaders(METHOD_NOT_ALLOWED, -1);
                return;
            }
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
            if (body.length > MAX_BODY) {
                exchange.sendResponseHeaders(CONTENT_TOO_LARGE, -1);
                return;
            }
            ReceivedWebhook received = received(exchange, body);
            int status = handler.applyAsInt(received);
            exchange.sendResponseHeaders(received.rejectionReason().isPresent() ? UNAUTHORIZED : status, -1);
        }
    }

    private ReceivedWebhook received(HttpExchange exchange, byte[] body) {
        String id = header(exchange, StandardSignature.ID);
        Instant now = clock.instant();
        Optional<String> rejectionReason = verifier.rejectionReason(
                id,
                header(exchange, StandardSignature.TIMESTAMP),
                header(exchange, StandardSignature.SIGNATURE),
                body,
                now);
        return new ReceivedWebhook(
                now,
                exchange.getRequestURI().getPath(),
                id == null ? "" : id,
                contentType(exchange),
                rejectionReason,
                new String(body, StandardCharsets.UTF_8));
    }

    private static String contentType(HttpExchange exchange) {
        String header = header(exchange, "Content-Type");
        return header == null ? "" : header.replaceFirst(";.*", "").strip();
    }

    private static String header(HttpExchange exchange, String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
