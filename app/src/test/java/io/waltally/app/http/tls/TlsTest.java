package io.waltally.app.http.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.HttpTls;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.http.ApiFixture;
import io.waltally.app.http.ApiFixture.Answer;
import io.waltally.app.http.FakeTallies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    private static final String ELSEWHERE = "dns:waltally-1.example";

    @TempDir
    private static Path directory;

    private static TestCertificates certificates;

    @TempDir
    private Path scratch;

    @BeforeAll
    static void makeCertificates() {
        certificates = new TestCertificates(directory)
                .add("own", "EC", ELSEWHERE)
                .add("rsa", "RSA", ELSEWHERE)
                .add("edwards", "Ed25519", ELSEWHERE)
                .addIssuer()
                .addIssued("here", "ip:127.0.0.1")
                .addIssued("elsewhere", ELSEWHERE);
    }

    private static HttpTls tls(Path certificate, Path key, Path... trusted) {
        return new HttpTls(certificate, key, List.of(trusted).stream().findFirst());
    }

    private static HttpTls tls(String name, Path... trusted) {
        return tls(certificates.certificate(name), certificates.key(name), trusted);
    }

    /** That of the image and of docker-compose.yml. */
    @Test
    void theHealthCheckOfContainersSpeaksTlsIfTheInstanceDoes() throws Exception {
        try (ApiFixture plain = new ApiFixture();
                ApiFixture secured = new ApiFixture(certificates.settings("elsewhere"))) {
            for (ApiFixture api : List.of(plain, secured)) {
                assertThat(probe(api.uri().getPort(), "/healthz"))
                        .as("%s", api.uri())
                        .isZero();
                assertThat(probe(api.uri().getPort(), "/nowhere"))
                        .as("%s", api.uri())
                        .isEqualTo(1);
            }
        }
        assertThat(probe(1, "/healthz")).isEqualTo(1);
    }

    private static int probe(int port, String path) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("bash", "src/dist/bin/probe", path)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("WALTALLY_HTTP_PORT", Integer.toString(port));
        return builder.start().waitFor();
    }

    @Test
    void theApiIsServedByTlsToWhoKnowsItsVeryCertificate() {
        for (String name : List.of("own", "rsa", "edwards", "elsewhere")) {
            try (ApiFixture api = new ApiFixture(certificates.settings(name))) {
                assertThat(api.uri().getScheme()).isEqualTo("https");
                assertThat(api.get("/healthz").status()).as(name).isEqualTo(200);
                assertThat(api.send("POST", "/api/sinks/x/pause").status()).isEqualTo(202);
            }
        }
    }

    @Test
    void anotherCertificateMustBeOfATrustedIssuerAndNameTheHost() throws Exception {
        Path issuer = certificates.certificate("issuer");
        try (ApiFixture here = new ApiFixture(certificates.settings("here"));
                ApiFixture elsewhere = new ApiFixture(certificates.settings("elsewhere"))) {
            assertThat(status(here, tls("own", issuer))).isEqualTo(200);
            assertThatThrownBy(() -> status(here, tls("own"))).isInstanceOf(SSLHandshakeException.class);
            assertThatThrownBy(() -> status(here, tls("own", certificates.certificate("rsa"))))
                    .isInstanceOf(SSLHandshakeException.class);
            assertThatThrownBy(() -> status(elsewhere, tls("own", issuer)))
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasStackTraceContaining("127.0.0.1");
        }
    }

    private static int status(ApiFixture api, HttpTls trust) throws IOException, InterruptedException {
        HttpClient client =
                HttpClient.newBuilder().sslContext(InstanceTrust.context(trust)).build();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api.uri() + "/healthz")).build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @Test
    void instancesAskEachOtherByTlsWithTheTokenOfTheRequest() {
        String token = "0123456789abcdef";
        Map<String, String> settings = new HashMap<>(certificates.settings("own"));
        settings.put("read-tokens.grafana", token);
        Map<String, String> others = new HashMap<>(settings);
        others.put("read-tokens.grafana", "fedcba9876543210");
        Map<String, String> untrusted = new HashMap<>(settings);
        untrusted.putAll(certificates.settings("rsa"));
        String[] bearing = {"Authorization", "Bearer " + token};
        try (ApiFixture asked = new ApiFixture(settings);
                ApiFixture owner = new ApiFixture(settings);
                ApiFixture withOtherTokens = new ApiFixture(others);
                ApiFixture withOtherCertificate = new ApiFixture(untrusted)) {
            owner.tallies.storage.put(42L, FakeTallies.stored(3));
            asked.tallies.elsewhere = Optional.of(owner.uri());
            Answer answer = asked.send("GET", "/api/users/42/storage", bearing);
            assertThat(answer.json().path("count").asInt()).isEqualTo(3);
            asked.tallies.elsewhere = Optional.of(withOtherTokens.uri());
            asked.send("GET", "/api/users/42/storage", bearing)
                    .isProblem(
                            503,
                            "the instance that has this user's tallies, " + withOtherTokens.uri()
                                    + ", answers 401: all instances need the same tokens (http.read-tokens,"
                                    + " http.operate-tokens), and must know the address by which others ask them"
                                    + " (http.advertised)");
            asked.tallies.elsewhere = Optional.of(withOtherCertificate.uri());
            Answer refused = asked.send("GET", "/api/users/42/storage", bearing);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().path("detail").asText())
                    .contains(withOtherCertificate.uri() + ", cannot be reached by TLS (http.tls.trusted): ");
        }
    }

    @Test
    void aFileThatCannotBeUsedIsNamedWithTheReason() throws IOException {
        Path missing = scratch.resolve("missing.pem");
        Path empty = Files.writeString(scratch.resolve("empty.pem"), "");
        Path garbage = Files.writeString(
                scratch.resolve("garbage.pem"), TestCertificates.pem("CERTIFICATE", new byte[] {1, 2, 3}));
        Path encrypted = Files.writeString(
                scratch.resolve("encrypted.pem"), TestCertificates.pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3}));
        Path pkcs1 = Files.writeString(
                scratch.resolve("pkcs1.pem"),
                "-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-256-CBC,AB\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        Path certificate = certificates.certificate("own");
        Path key = certificates.key("own");
        assertWrong(tls(missing, key), "http.tls.certificate is \"" + missing + "\": the file does not exist");
        assertWrong(tls(certificate, missing), "http.tls.key is \"" + missing + "\": the file does not exist");
        assertWrong(
                tls(scratch, key),
                "http.tls.certificate is \"" + scratch + "\": the file cannot be read: Is a directory");
        assertWrong(
                tls(empty, key),
                "http.tls.certificate is \"" + empty
                        + "\": the file has no certificate (BEGIN CERTIFICATE); it must be a PEM file");
        assertThatThrownBy(() -> TlsListener.check(tls(garbage, key)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(
                        "http.tls.certificate is \"" + garbage + "\": the file has a certificate that is malformed: ");
        assertWrong(
                tls(certificate, certificate),
                "http.tls.key is \"" + certificate
                        + "\": the file has no private key (BEGIN PRIVATE KEY); it must be a PEM file");
        assertWrong(
                tls(certificate, encrypted),
                "http.tls.key is \"" + encrypted
                        + "\": the file has a key of another form (ENCRYPTED PRIVATE KEY); 'openssl pkcs8 -topk8 -nodes -in "
                        + encrypted + "' prints it as PKCS #8 without encryption (PRIVATE KEY)");
        assertThatThrownBy(() -> TlsListener.check(tls(certificate, pkcs1)))
                .hasMessageContaining("a key of another form (RSA PRIVATE KEY)");
        assertWrong(
                tls(certificate, certificates.key("rsa")),
                "http.tls.key is \"" + certificates.key("rsa") + "\": the file has no EC key, as the certificate has");
        assertWrong(
                tls(certificate, certificates.key("here")),
                "http.tls.key is \"" + certificates.key("here") + "\": the file has another key than that of the"
                        + " certificate in " + certificate + " (http.tls.certificate)");
        Path shuffled = Files.writeString(
                scratch.resolve("shuffled.pem"),
                Files.readString(certificate) + Files.readString(certificates.certificate("rsa")));
        assertWrong(
                tls(shuffled, key),
                "http.tls.certificate is \"" + shuffled
                        + "\": the file must have the server's certificate first, then its issuer, then that one's");
        assertThatThrownBy(() -> InstanceTrust.context(tls(certificate, key, missing)))
                .isInstanceOf(ConfigException.class)
                .hasMessage("http.tls.trusted is \"" + missing + "\": the file does not exist");
    }

    private static void assertWrong(HttpTls tls, String message) {
        assertThatThrownBy(() -> TlsListener.check(tls))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @Test
    void oneFileMayHaveBothCertificateAndKey() throws IOException {
        Path both = Files.writeString(
                scratch.resolve("both.pem"),
                Files.readString(certificates.key("here")) + Files.readString(certificates.certificate("here")));
        TlsListener.check(tls(both, both));
    }

    @Test
    void onlyCurrentVersionsAreSpokenAndANewCertificateIsTakenUpOnceItIsWhole() throws Exception {
        Path certificate = Files.copy(certificates.certificate("own"), scratch.resolve("tls.crt"));
        Path key = Files.copy(certificates.key("own"), scratch.resolve("tls.key"));
        Server server = new Server();
        try (TlsListener listener = new TlsListener(tls(certificate, key))) {
            ServerConnector connector = listener.connector(server, new HttpConfiguration(), "127.0.0.1", 0);
            server.addConnector(connector);
            server.start();
            assertThat(connector
                            .getConnectionFactory(SslConnectionFactory.class)
                            .getSslContextFactory()
                            .newSSLEngine()
                            .getEnabledProtocols())
                    .containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
            assertThat(served(connector)).isEqualTo("CN=own");
            // Half of it
            Files.writeString(certificate, Files.readString(certificates.certificate("rsa")));
            listener.reload();
            assertThat(served(connector)).isEqualTo("CN=own");
            // And all of it
            Files.writeString(key, Files.readString(certificates.key("rsa")));
            listener.reload();
            assertThat(served(connector)).isEqualTo("CN=rsa");
        } finally {
            server.stop();
        }
    }

    private static String served(ServerConnector connector) throws Exception {
        HttpTls trust = tls("own", certificates.certificate("rsa"));
        try (SSLSocket socket = (SSLSocket) InstanceTrust.context(trust)
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .toString();
        }
    }
}
