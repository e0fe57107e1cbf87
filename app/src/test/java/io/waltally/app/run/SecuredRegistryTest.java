package io.waltally.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.waltally.app.config.Configuration;
import io.waltally.app.failure.ServerFailure;
import io.waltally.app.secure.Certificates;
import io.waltally.app.secure.SecuredRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Authentication to a registry that has no subjects. */
class SecuredRegistryTest {
    @TempDir
    private static Path directory;

    private static Certificates certificates;
    private static HttpServer registry;

    @BeforeAll
    static void startRegistry() throws IOException {
        certificates = new Certificates(directory);
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            byte[] subjects = "[]".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, subjects.length);
            exchange.getResponseBody().write(subjects);
            exchange.close();
        });
        registry.start();
    }

    @AfterAll
    static void stopRegistry() {
        registry.stop(0);
    }

    @Test
    void aTokenIsSentOverTls() {
        try (SecuredRegistry secured = secured("Bearer token-1", false)) {
            Map<String, String> values = trusting(secured);
            assertThat(problem(values)).contains("HTTP 401", "registry.token");
            values.put("registry.token", "token-2");
            assertThat(problem(values)).contains("HTTP 401", "registry.token").doesNotContain("token-2");
            values.put("registry.token", "token-1");
            assertThat(problem(values)).isEmpty();
        }
    }

    @Test
    void userAndPasswordAreSentOverTls() {
        // "capture:pässword"
        try (SecuredRegistry secured = secured("Basic Y2FwdHVyZTpww6Rzc3dvcmQ=", false)) {
            Map<String, String> values = trusting(secured);
            values.put("registry.user", "capture");
            values.put("registry.password", "pässword");
            assertThat(problem(values)).isEmpty();
        }
    }

    @Test
    void aClientCertificateIsSentFromAStoreOrAsPem() throws IOException {
        try (SecuredRegistry secured = secured("Bearer token-1", true)) {
            Map<String, String> values = trusting(secured);
            values.put("registry.token", "token-1");
            assertThat(problem(values)).as("without a certificate").isNotEmpty();
            Map<String, String> store = new HashMap<>(values);
            store.put(
                    "registry.ssl.keystore.location", certificates.clientStore().toString());
            store.put("registry.ssl.keystore.password", Certificates.PASSWORD);
            store.put("registry.ssl.key.password", Certificates.PASSWORD);
            store.put("registry.ssl.keystore.type", "PKCS12");
            assertThat(problem(store)).isEmpty();

            Map<String, String> pem = new HashMap<>(values);
            pem.remove("registry.ssl.truststore.location");
            pem.remove("registry.ssl.truststore.password");
            pem.put("registry.ssl.truststore.type", "PEM");
            pem.put("registry.ssl.truststore.certificates", Files.readString(certificates.authority()));
            pem.put("registry.ssl.keystore.type", "PEM");
            pem.put("registry.ssl.keystore.certificate.chain", Files.readString(certificates.clientCertificate()));
            pem.put("registry.ssl.keystore.key", certificates.clientKeyText());
            assertThat(problem(pem)).isEmpty();
        }
    }

    @Test
    void anUnknownAuthorityAndTheCertificateOfAnotherHostAreRefused() {
        try (SecuredRegistry secured = secured("Bearer token-1", false)) {
            Map<String, String> values = trusting(secured);
            values.put("registry.token", "token-1");
            values.put("registry.url", secured.urlOfAnotherHost());
            assertThat(problem(values)).contains("TLS: ", "127.0.0.1");
            values.put("registry.ssl.endpoint.identification.algorithm", "none");
            assertThat(problem(values)).isEmpty();
            values.put(
                    "registry.ssl.truststore.location",
                    certificates.strangersTrustStore().toString());
            assertThat(problem(values)).contains("TLS: ", "certification path");
        }
    }

    private static SecuredRegistry secured(String authorization, boolean clientCertificates) {
        return new SecuredRegistry(
                URI.create("http://127.0.0.1:" + registry.getAddress().getPort() + "/apis/ccompat/v7"),
                certificates,
                authorization,
                clientCertificates);
    }

    private static Map<String, String> trusting(SecuredRegistry secured) {
        Map<String, String> values = new HashMap<>();
        values.put("registry.url", secured.url());
        values.put("registry.ssl.truststore.location", certificates.trustStore().toString());
        values.put("registry.ssl.truststore.password", Certificates.PASSWORD);
        values.put("registry.ssl.truststore.type", "PKCS12");
        return values;
    }

    /** What a user reads of the registry; empty if it can be used. */
    private static String problem(Map<String, String> values) {
        return ExternalSystems.registry(Configuration.from(values).registry())
                .probe()
                .check()
                .map(ServerFailure::toString)
                .orElse("");
    }
}
