package io.waltally.webhooks.send;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.waltally.schemas.event.EventFilter;
import io.waltally.webhooks.event.Outbox;
import io.waltally.webhooks.event.OutboxEvent;
import io.waltally.webhooks.schedule.RequestLimits;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndpointClientTlsTest {
    private static final String TRUST_STORE = "javax.net.ssl.trustStore";
    private static final String TRUST_STORE_PASSWORD = "javax.net.ssl.trustStorePassword";
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final OutboxEvent EVENT =
            new OutboxEvent("evt_1", "test", Optional.empty(), Instant.EPOCH, Outbox.record(0, 0, "{}"));

    @TempDir
    private Path directory;

    private final AtomicInteger requests = new AtomicInteger();

    @AfterEach
    void trustAsBefore() {
        System.clearProperty(TRUST_STORE);
        System.clearProperty(TRUST_STORE_PASSWORD);
    }

    private static void trust(Path store) {
        System.setProperty(TRUST_STORE, store.toString());
        System.setProperty(TRUST_STORE_PASSWORD, new String(PASSWORD));
    }

    @Test
    void aTrustedCertificateOfTheHostIsEnough() throws Exception {
        Path store = certificate("localhost");
        trust(store);
        assertThat(outcome(store)).isEqualTo("HTTP 204");
        assertThat(requests).hasValue(1);
    }

    @Test
    void aCertificateThatNobodyTrustsIsRefused() throws Exception {
        assertThat(outcome(certificate("localhost"))).startsWith("TLS: ").contains("certification path");
        assertThat(requests).hasValue(0);
    }

    @Test
    void aCertificateOfAnotherHostIsRefused() throws Exception {
        Path store = certificate("other.example");
        trust(store);
        assertThat(outcome(store)).startsWith("TLS: ").contains("localhost");
        assertThat(requests).hasValue(0);
    }

    /** A key store with a certificate that is signed by itself. */
    private Path certificate(String host) throws IOException, InterruptedException {
        Path store = directory.resolve(host + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + host,
                        "-ext",
                        "SAN=dns:" + host,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        return store;
    }

    /** Of one request to a server that has the certificate. */
    private String outcome(Path store) throws IOException, GeneralSecurityException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context(store)));
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try (EndpointClient client =
                new EndpointClient(endpoint(server.getAddress().getPort()))) {
            return send(client);
        } finally {
            server.stop(0);
        }
    }

    private static String send(EndpointClient client) {
        try {
            return "HTTP "
                    + client.send(WebhookMessage.of(EVENT), Instant.now())
                            .join()
                            .status();
        } catch (CompletionException e) {
            return client.reason(e.getCause());
        }
    }

    private static SSLContext context(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream input = Files.newInputStream(store)) {
            keys.load(input, PASSWORD);
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static Endpoint endpoint(int port) {
        return new Endpoint(
                "test",
                URI.create("https://localhost:" + port + "/"),
                new EventFilter(List.of("*"), ""),
                List.of(SigningSecret.generate()),
                Optional.empty(),
                Duration.ofSeconds(20),
                new Retries(3, Duration.ofSeconds(1), Duration.ofSeconds(10), Retries.NEVER),
                RequestLimits.of(4),
                Map.of(),
                new EgressPolicy(false, true),
                InitialPosition.EARLIEST);
    }
}
