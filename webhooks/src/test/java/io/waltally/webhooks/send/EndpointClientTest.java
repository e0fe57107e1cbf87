package io.waltally.webhooks.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.schemas.event.EventFilter;
import io.waltally.webhooks.event.Outbox;
import io.waltally.webhooks.event.OutboxEvent;
import io.waltally.webhooks.schedule.Batching;
import io.waltally.webhooks.schedule.FailedAttempt;
import io.waltally.webhooks.schedule.RequestLimits;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.sign.ApplicationSignature;
import io.waltally.webhooks.sign.SigningSecret;
import io.waltally.webhooks.sign.StandardSignature;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.junit.jupiter.api.Test;

class EndpointClientTest {
    private static final EgressPolicy PUBLIC_ONLY = new EgressPolicy(true, false);
    private static final EgressPolicy ANYWHERE = new EgressPolicy(true, true);
    private static final Instant NOW = Instant.ofEpochSecond(1614265330);
    private static final OutboxEvent EVENT = new OutboxEvent(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "test",
            Optional.empty(),
            Instant.EPOCH,
            Outbox.record(0, 0, "{\"test\": 2432232314}"));

    private static Endpoint endpoint(String url, EgressPolicy reach, Duration timeout) {
        return endpoint(url, reach, timeout, Batching.OFF, 3);
    }

    private static Endpoint endpoint(
            String url, EgressPolicy reach, Duration timeout, Batching batching, int maxAttempts) {
        return new Endpoint(
                "test",
                URI.create(url),
                new EventFilter(List.of("*"), ""),
                List.of(SigningSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
                Optional.of(new ApplicationSignature("hunter2")),
                timeout,
                new Retries(maxAttempts, Duration.ofSeconds(1), Duration.ofSeconds(10), Retries.NEVER),
                new RequestLimits(4, OptionalDouble.empty(), batching),
                Map.of("Authorization", "Bearer hunter2"),
                reach,
                InitialPosition.EARLIEST);
    }

    private static Endpoint endpoint(RawServer server, Duration timeout) {
        return endpoint("http://127.0.0.1:" + server.port() + "/hook?token=a%2Fb&x=", ANYWHERE, timeout);
    }

    private static WebhookResponse send(RawServer server) {
        try (EndpointClient client = new EndpointClient(endpoint(server, Duration.ofSeconds(20)))) {
            return client.send(WebhookMessage.of(EVENT), NOW).join();
        }
    }

    private static String failure(Endpoint endpoint, DnsResolver resolver) {
        try (EndpointClient client = new EndpointClient(endpoint, resolver)) {
            WebhookResponse answer = client.send(WebhookMessage.of(EVENT), NOW).join();
            throw new AssertionError("answered " + answer);
        } catch (CompletionException e) {
            try (EndpointClient client = new EndpointClient(endpoint)) {
                return client.reason(e.getCause());
            }
        }
    }

    private static String failure(Endpoint endpoint) {
        return failure(endpoint, SystemDefaultDnsResolver.INSTANCE);
    }

    @Test
    void aRequestIsTheEventWithItsSignatures() throws IOException {
        try (RawServer server = RawServer.answering("202 Accepted")) {
            WebhookResponse answer = send(server);
            assertThat(answer.status()).isEqualTo(202);
            assertThat(answer.body()).isEqualTo("ok");
            assertThat(server.requests).hasSize(1);
            assertThat(server.requests.get(0))
                    .startsWith("POST /hook?token=a%2Fb&x= HTTP/1.1\r\n")
                    .endsWith("\r\n\r\n{\"test\": 2432232314}")
                    .containsOnlyOnce("Content-Type: application/cloudevents+json\r\n")
                    .containsOnlyOnce("User-Agent: waltally\r\n")
                    .containsOnlyOnce("webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n")
                    .containsOnlyOnce("webhook-timestamp: 1614265330\r\n")
                    .containsOnlyOnce("webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n")
                    .containsOnlyOnce("X-Webhook-Signature: sha256=")
                    .containsOnlyOnce("Authorization: Bearer hunter2\r\n")
                    .containsOnlyOnce("Host: 127.0.0.1:" + server.port() + "\r\n");
        }
    }

    @Test
    void aBatchIsTheEventsWithOneSignature() throws IOException {
        Batching batching = new Batching(10, 1 << 20, Duration.ZERO);
        try (RawServer server = RawServer.answering("204 No Content")) {
            Endpoint endpoint =
                    endpoint("http://127.0.0.1:" + server.port() + "/", ANYWHERE, Duration.ofSeconds(20), batching, 2);
            OutboxEvent one = Outbox.event(0, 1, "a", "{\"a\": 1.0}");
            OutboxEvent other = Outbox.event(1, 0, "b", "{\"b\":[]}");
            WebhookMessage message = endpoint.message(List.of(other, one));
            try (EndpointClient client = new EndpointClient(endpoint)) {
                assertThat(client.send(message, NOW).join().success()).isTrue();
            }
            assertThat(server.requests.get(0))
                    .endsWith("\r\n\r\n[{\"a\": 1.0},{\"b\":[]}]")
                    .containsOnlyOnce("Content-Type: application/cloudevents-batch+json\r\n")
                    .containsOnlyOnce("webhook-id: " + message.id() + "\r\n")
                    .containsOnlyOnce("webhook-signature: "
                            + StandardSignature.of(endpoint.secrets(), message.id(), NOW, message.body()));
            // The same events are the same message, and a batch of one has the id of its event.
            assertThat(message.id()).matches("batch_[0-9a-f]{24}");
            assertThat(endpoint.message(List.of(one, other)).id()).isEqualTo(message.id());
            assertThat(endpoint.message(List.of(one)).id()).isEqualTo(one.id());
            assertThat(endpoint.message(List.of(one)).body()).asString().isEqualTo("[{\"a\": 1.0}]");
            assertThat(endpoint.message(List.of(one, Outbox.event(1, 1, "b"))).id())
                    .isNotEqualTo(message.id());
        }
    }

    @Test
    void anEventOfARefusedBatchNeedsAnAttemptOfItsOwn() {
        Batching batching = new Batching(10, 1 << 20, Duration.ZERO);
        assertThatThrownBy(() -> endpoint("https://x.example/", PUBLIC_ONLY, Duration.ofSeconds(1), batching, 1))
                .hasMessageContaining("max-attempts is 1: must be at least 2 with batch-size 10");
        assertThatThrownBy(() -> new Batching(0, 1 << 20, Duration.ZERO)).hasMessageStartingWith("batch-size is 0");
        assertThatThrownBy(() -> new Batching(1_001, 1 << 20, Duration.ZERO)).hasMessageContaining("from 1 to 1000");
        assertThatThrownBy(() -> new Batching(2, 100, Duration.ZERO))
                .hasMessage("batch-bytes is 100: must be from 1KiB to 16MiB");
        assertThatThrownBy(() -> new Batching(2, 1 << 20, Duration.ofHours(1)))
                .hasMessage("batch-linger is 3600000ms: must be from 0ms to 10m");
    }

    @Test
    void onlyConnectionFailuresAreIndependentOfTheRequest() {
        try (EndpointClient client =
                new EndpointClient(endpoint("https://x.example/", PUBLIC_ONLY, Duration.ofSeconds(1)))) {
            for (Exception before : List.of(
                    new ConnectException("refused"),
                    new UnknownHostException("x.example"),
                    new RefusedAddressException("private"),
                    new SSLHandshakeException("expired"))) {
                assertThat(client.failure(before)).isEqualTo(FailedAttempt.unreachable(client.reason(before)));
            }
            for (Exception later :
                    List.of(new TimeoutException(), new IOException("reset"), new SSLException("closed"))) {
                assertThat(client.failure(later)).isEqualTo(FailedAttempt.of(client.reason(later)));
            }
        }
    }

    @Test
    void redirectsAreNotFollowed() throws IOException {
        try (RawServer server = RawServer.answering("302 Found", "Location: /elsewhere\r\n")) {
            assertThat(send(server).status()).isEqualTo(302);
            assertThat(server.requests).hasSize(1);
        }
    }

    @Test
    void ofALongAnswerTheBeginningIsEnough() throws IOException {
        AtomicInteger written = new AtomicInteger();
        try (RawServer server = new RawServer(connection -> {
            OutputStream out = connection.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write(new byte[10_000]);
                written.addAndGet(10_000);
            }
        })) {
            WebhookResponse answer = send(server);
            assertThat(answer.success()).isTrue();
            assertThat(answer.body()).hasSize(ResponseReader.MAX_BODY);
            assertThat(written.get()).isLessThan(100_000_000);
        }
    }

    @Test
    void anAnswerThatDoesNotEndInTimeIsNone() throws IOException {
        try (RawServer server = new RawServer(connection -> {
            OutputStream out = connection.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 1_000; i++) {
                out.write('x');
                out.flush();
                pause();
            }
        })) {
            assertThat(failure(endpoint(server, Duration.ofMillis(500)))).isEqualTo("no answer within 500 ms");
        }
    }

    /** It is the server that is slow here, not the test. */
    private static void pause() {
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }

    @Test
    void missingResponseFailsWithoutAutomaticRetry() throws IOException {
        try (RawServer server = new RawServer(Socket::close)) {
            assertThat(failure(endpoint(server, Duration.ofSeconds(20)))).startsWith("the connection broke: ");
            assertThat(server.requests).hasSize(1);
            assertThat(server.accepted()).isEqualTo(1);
        }
        try (RawServer server = new RawServer(connection -> {
            connection.setSoLinger(true, 0);
            connection.close();
        })) {
            assertThat(failure(endpoint(server, Duration.ofSeconds(20)))).startsWith("the connection broke: ");
            assertThat(server.requests).hasSize(1);
        }
    }

    @Test
    void errorForAnInvalidHttpResponseMasksSecrets() throws IOException {
        try (RawServer server = new RawServer(connection -> connection
                .getOutputStream()
                .write("POST /hook?token=hunter3 HTTP/1.1\r\nAuthorization: Bearer hunter2\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII)))) {
            String url = "http://127.0.0.1:" + server.port() + "/hook?token=hunter3";
            assertThat(failure(endpoint(url, ANYWHERE, Duration.ofSeconds(20))))
                    .contains("***")
                    .doesNotContain("hunter");
        }
    }

    @Test
    void aUserAgentOfTheEndpointsOwnIsSent() throws IOException {
        try (RawServer server = RawServer.answering("200 OK")) {
            Endpoint plain = endpoint(server, Duration.ofSeconds(20));
            Endpoint own = new Endpoint(
                    plain.name(),
                    plain.url(),
                    plain.filter(),
                    plain.secrets(),
                    plain.applicationSignature(),
                    plain.timeout(),
                    plain.retries(),
                    plain.limits(),
                    Map.of("user-agent", "mine"),
                    plain.egressPolicy(),
                    plain.beginning());
            try (EndpointClient client = new EndpointClient(own)) {
                assertThat(client.send(WebhookMessage.of(EVENT), NOW).join().success())
                        .isTrue();
            }
            assertThat(server.requests.get(0))
                    .containsOnlyOnce("user-agent: mine\r\n")
                    .doesNotContain("User-Agent");
        }
    }

    @Test
    void unreachableHostIsReported() throws IOException {
        int port;
        try (RawServer server = RawServer.answering("200 OK")) {
            port = server.port();
        }
        assertThat(failure(endpoint("http://127.0.0.1:" + port, ANYWHERE, Duration.ofSeconds(20))))
                .startsWith("no connection: ");
        assertThat(failure(endpoint("http://host.example/", ANYWHERE, Duration.ofSeconds(20)), resolving()))
                .isEqualTo("the host cannot be resolved");
    }

    @Test
    void addressesThatAreNotPublicAreRefusedHoweverTheyAreWritten() throws IOException {
        try (RawServer server = RawServer.answering("200 OK")) {
            for (String host : List.of("127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]")) {
                String url = "http://" + host + ":" + server.port() + "/";
                assertThat(failure(endpoint(url, PUBLIC_ONLY, Duration.ofSeconds(20))))
                        .as(host)
                        .startsWith("refused: ")
                        .contains("set allow-private: true to permit it");
            }
            assertThat(server.accepted()).isZero();
        }
    }

    @Test
    void theAddressIsCheckedThatIsConnectedTo() throws IOException {
        try (RawServer server = RawServer.answering("200 OK", "Connection: close\r\n")) {
            String url = "http://rebinding.example:" + server.port() + "/";
            Endpoint anywhere = endpoint(url, ANYWHERE, Duration.ofSeconds(20));
            try (EndpointClient client = new EndpointClient(anywhere, resolving("127.0.0.1"))) {
                assertThat(client.send(WebhookMessage.of(EVENT), NOW).join().success())
                        .isTrue();
            }
            assertThat(failure(endpoint(url, PUBLIC_ONLY, Duration.ofSeconds(20)), resolving("127.0.0.1")))
                    .isEqualTo(
                            "refused: rebinding.example resolves to 127.0.0.1, a non-public address; set allow-private: true"
                                    + " to permit it");
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    private static DnsResolver resolving(String... addresses) {
        return new DnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                InetAddress[] found = new InetAddress[addresses.length];
                for (int i = 0; i < addresses.length; i++) {
                    found[i] = InetAddress.getByName(addresses[i]);
                }
                return found;
            }

            @Override
            public String resolveCanonicalHostname(String host) {
                return host;
            }
        };
    }

    @Test
    void ofSeveralAddressesOnlyThePublicOnesAreLeft() throws UnknownHostException {
        CheckedResolver resolver = new CheckedResolver(PUBLIC_ONLY, resolving("10.0.0.1", "1.1.1.1", "::1"));
        assertThat(resolver.resolve("mixed.example")).containsExactly(InetAddress.getByName("1.1.1.1"));
    }

    @Test
    void refusedSettingsOfAnEndpointAreReportedWithoutItsSecrets() {
        assertRefused("ftp://x.example/", new EgressPolicy(true, true), "https://");
        assertRefused("http://x.example/", new EgressPolicy(false, true), "allow-http");
        assertRefused("https://hunter2@x.example/", new EgressPolicy(false, false), "user info");
        assertRefused("https:///hunter2", new EgressPolicy(false, false), "must have a host");
        assertRefused("hunter2", new EgressPolicy(false, false), "https://");
        assertRefused("https://x.example:65536/hunter2", new EgressPolicy(false, false), "port 65536");
        assertRefused("https://x.example:0/hunter2", new EgressPolicy(false, false), "port 0");
        assertThatThrownBy(() -> RequestHeaders.requireOwn("Webhook-Id", "hunter2"))
                .hasMessageContaining("headers.Webhook-Id")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> RequestHeaders.requireOwn("X", "hunter2\r\nHost: evil"))
                .hasMessageNotContaining("hunter2");
        assertThat(endpoint("https://x.example/hunter2", PUBLIC_ONLY, Duration.ofSeconds(1))
                        .toString())
                .isEqualTo("test");
    }

    private static void assertRefused(String url, EgressPolicy reach, String rule) {
        assertThatThrownBy(() -> endpoint(url, reach, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(rule)
                .hasMessageNotContaining("hunter2");
    }
}
