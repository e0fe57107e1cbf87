package io.waltally.app.secure;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** Stands in front of a registry: TLS, authentication, and the rights on subjects of docs/security.md, and no others. */
final class SecuredRegistry implements AutoCloseable {
    private static final char[] PASSWORD = Certificates.PASSWORD.toCharArray();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final DocumentedSubjects documented = new DocumentedSubjects();
    private final Set<String> denied = ConcurrentHashMap.newKeySet();
    private final URI registry;
    private final Map<String, String> roles;
    private final HttpsServer server;

    /**
     * @param registry with its full Confluent base path
     * @param roles role by the value of the header Authorization
     * @param clientCertificates whether clients must have a certificate of the authority
     */
    SecuredRegistry(URI registry, Certificates certificates, Map<String, String> roles, boolean clientCertificates) {
        this.registry = registry;
        this.roles = Map.copyOf(roles);
        try {
            server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(context(certificates)) {
                @Override
                public void configure(HttpsParameters parameters) {
                    SSLParameters ssl = getSSLContext().getDefaultSSLParameters();
                    ssl.setNeedClientAuth(clientCertificates);
                    parameters.setSSLParameters(ssl);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    private static SSLContext context(Certificates certificates) {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(load(certificates.serverStore()), PASSWORD);
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(load(certificates.trustStore()));
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore load(Path file) throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream input = Files.newInputStream(file)) {
            store.load(input, PASSWORD);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return store;
    }

    /** The base URL of the Confluent API; the host is that of the certificate. */
    String url() {
        return "https://localhost:" + server.getAddress().getPort() + registry.getPath();
    }

    /** The same server by an address that its certificate does not name. */
    String urlOfAnotherHost() {
        return url().replace("localhost", "127.0.0.1");
    }

    /** The header of HTTP basic authentication. */
    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** The denied requests, each after the role that has no right to it; {@code nobody} has no role. */
    Set<String> denied() {
        return Set.copyOf(denied);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String request = exchange.getRequestMethod() + " "
                    + exchange.getRequestURI()
                            .getPath()
                            .substring(registry.getPath().length());
            String role = roles.get(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            if (role == null) {
                denied.add("nobody " + request);
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"registry\"");
                refuse(exchange, HttpURLConnection.HTTP_UNAUTHORIZED);
                return;
            }
            if (!documented.permit(role, request)) {
                denied.add(role + " " + request);
                refuse(exchange, HttpURLConnection.HTTP_FORBIDDEN);
                return;
            }
            forward(exchange, body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void refuse(HttpExchange exchange, int status) throws IOException {
        send(
                exchange,
                status,
                "{\"error_code\":%d,\"message\":\"refused\"}".formatted(status).getBytes(StandardCharsets.UTF_8));
    }

    private void forward(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(registry.resolve(exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (type != null) {
            request.header("Content-Type", type);
        }
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        response.headers()
                .firstValue("Content-Type")
                .ifPresent(value -> exchange.getResponseHeaders().set("Content-Type", value));
        send(exchange, response.statusCode(), response.body());
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
