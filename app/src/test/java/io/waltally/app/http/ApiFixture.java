package io.waltally.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.http.route.Readiness;
import io.waltally.app.http.route.SinkOperations;
import io.waltally.app.http.route.WebhookOperations;
import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.http.stream.EventStream;
import io.waltally.app.http.tls.InstanceTrust;
import io.waltally.app.status.CompletedSnapshotStatus;
import io.waltally.app.status.FailedSnapshotStatus;
import io.waltally.app.status.Limitation;
import io.waltally.app.status.SinkSummary;
import io.waltally.app.status.SlotStatus;
import io.waltally.app.status.SnapshotStatus;
import io.waltally.app.status.SourceStatus;
import io.waltally.app.status.StageStatus;
import io.waltally.app.status.StatusReport;
import io.waltally.connectors.capture.source.MissingAddition;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.SchemaAddition;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A running API with fakes behind it. Compares every answer with the API document. */
public final class ApiFixture implements AutoCloseable {
    public static final String CLUSTER = "4L6g3nShT-eMCtK--X86sw";

    static final double CAPACITY_THRESHOLD = 0.6;

    public final FakeTallies tallies = new FakeTallies();
    final FakeCaptures captures = new FakeCaptures();
    final FakeWebhooks webhooks = new FakeWebhooks();
    final FakeSinks sinks = new FakeSinks();
    public final Map<Source, Lsn> serverEnds = new EnumMap<>(Source.class);
    public final AtomicInteger endsAsked = new AtomicInteger();
    public volatile LongSupplier walEndsReadAt = System::nanoTime;
    Readiness readiness = Readiness.of(List.of());
    public final FakeDeadLetters deadLetters = new FakeDeadLetters();
    public final FakeEvents produced = new FakeEvents();
    public final EventStream events = new EventStream(() -> produced, Duration.ofMillis(100));
    private final HttpApi api;
    private final ApiContract contract = new ApiContract();
    private final HttpClient client;
    private final URI uri;

    public ApiFixture() {
        this(Map.of());
    }

    /** @param http values of section {@code http}, by their names in it */
    public ApiFixture(Map<String, String> http) {
        this(http, true, false);
    }

    /** With events: the others end a connection for events at once. */
    public static ApiFixture streaming(Map<String, String> http) {
        return new ApiFixture(http, true, true);
    }

    private ApiFixture(Map<String, String> http, boolean roles, boolean streaming) {
        if (!streaming) {
            events.close();
        }
        HttpSettings settings = settings(http);
        api = start(
                settings,
                Optional.<TallyQueries>of(tallies).filter(role -> roles),
                Optional.<WebhookOperations>of(webhooks).filter(role -> roles),
                Optional.<SinkOperations>of(sinks).filter(role -> roles));
        HttpClient.Builder builder = HttpClient.newBuilder();
        settings.tls().map(InstanceTrust::context).ifPresent(builder::sslContext);
        client = builder.build();
        uri = settings.uri(new HostAndPort(settings.fromHere().host(), api.port()));
    }

    static HttpSettings settings(Map<String, String> http) {
        Map<String, String> values = new HashMap<>(Map.of("http.port", "0"));
        http.forEach((name, value) -> values.put("http." + name, value));
        return Configuration.from(values).http();
    }

    /** Of an instance that runs neither the topologies nor deliveries nor sinks. */
    static ApiFixture withoutTallies() {
        return new ApiFixture(Map.of(), false, false);
    }

    private HttpApi start(
            HttpSettings settings,
            Optional<TallyQueries> queries,
            Optional<WebhookOperations> deliveries,
            Optional<SinkOperations> written) {
        return new HttpApi(
                settings,
                () -> readiness,
                ApiFixture::status,
                () -> "up 1\n",
                queries,
                this::serverEnd,
                captures,
                deliveries,
                written,
                deadLetters,
                events,
                CAPACITY_THRESHOLD,
                new FakeHistory());
    }

    private Optional<Lsn> serverEnd(long since, Source source) {
        endsAsked.incrementAndGet();
        return walEndsReadAt.getAsLong() - since > 0 ? Optional.ofNullable(serverEnds.get(source)) : Optional.empty();
    }

    public int port() {
        return api.port();
    }

    public URI uri() {
        return uri;
    }

    public Answer get(String path) {
        return join(sending(request(path)));
    }

    public CompletableFuture<Answer> getting(String path) {
        return sending(request(path));
    }

    public Answer head(String path) {
        return join(sending(request(path).method("HEAD", HttpRequest.BodyPublishers.noBody())));
    }

    public Answer post(String path, String contentType, String body) {
        return post(path, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    Answer post(String path, String contentType, byte[] body) {
        return join(sending(
                request(path).header("Content-Type", contentType).POST(HttpRequest.BodyPublishers.ofByteArray(body))));
    }

    Answer delete(String path) {
        return join(sending(request(path).DELETE()));
    }

    /** @param headers names and values, in turn; may be none */
    public Answer send(String method, String path, String... headers) {
        String body = ApiContract.body(path.replaceFirst("\\?.*", ""));
        HttpRequest.Builder request = request(path)
                .method(method, HttpRequest.BodyPublishers.ofString(method.equals("POST") ? body : ""))
                .header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return join(sending(request));
    }

    /** Sends what no client would send. */
    String raw(String requestLine, String body, String... headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port());
                InputStream answer = socket.getInputStream()) {
            socket.getOutputStream()
                    .write((requestLine + "\r\n"
                                    + Stream.of(headers)
                                            .map(header -> header + "\r\n")
                                            .collect(Collectors.joining())
                                    + "Content-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(uri() + path));
    }

    private CompletableFuture<Answer> sending(HttpRequest.Builder builder) {
        HttpRequest request = builder.build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).thenApply(response -> {
            Answer answer = Answer.of(response);
            if (!request.method().equals("HEAD")) {
                contract.check(
                        request.method(), request.uri().getRawPath(), answer.status, answer.contentType(), answer.json);
            }
            return answer;
        });
    }

    private static Answer join(CompletableFuture<Answer> answer) {
        return answer.orTimeout(30, java.util.concurrent.TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        api.close();
    }

    private static StatusReport status() {
        return new StatusReport(
                Optional.of(CLUSTER),
                Map.of(
                        "s3",
                        new SourceStatus(
                                "streaming",
                                Optional.empty(),
                                Optional.of("0/20"),
                                Optional.of("0/10"),
                                Optional.empty(),
                                Optional.of(16L),
                                Optional.of(0.5),
                                Optional.of(new SlotStatus(
                                        "waltally_s3",
                                        true,
                                        Optional.of("0/8"),
                                        Optional.of("0/10"),
                                        Optional.of("reserved"),
                                        Optional.of(24L),
                                        Optional.of(40L),
                                        Optional.of(64L),
                                        Optional.of(8L),
                                        Optional.of(true),
                                        Optional.empty())),
                                Optional.of(3),
                                List.of(new SnapshotStatus(
                                        Optional.of("request-3"),
                                        "object_locations",
                                        List.of(),
                                        List.of(),
                                        10,
                                        Optional.of(40L),
                                        Optional.of(5L),
                                        Optional.of(6L))),
                                List.of("pending_objects"),
                                List.of(Limitation.of(new MissingAddition(SchemaAddition.PENDING_OBJECTS, true))),
                                List.of(new CompletedSnapshotStatus(
                                        "request-1",
                                        "backend_quotas",
                                        List.of(),
                                        List.of(),
                                        3,
                                        "2026-11-28T11:00:00Z")),
                                List.of(new FailedSnapshotStatus(
                                        Optional.of("request-2"),
                                        "backend_usage",
                                        List.of("b"),
                                        List.of(),
                                        "permission denied",
                                        "2026-11-28T12:00:00Z")),
                                0)),
                Map.of("streams", new StageStatus("running", Optional.empty(), Optional.of(5L), Optional.of(2))),
                Map.of(
                        "quotas",
                        new SinkSummary(
                                "backend-quotas",
                                "waiting",
                                Optional.of("no answer"),
                                Optional.of(3L),
                                Optional.of(1.5),
                                Optional.of(512L),
                                Optional.of("0/10"),
                                Optional.of(12.5),
                                Optional.of(7L),
                                Optional.of(4L),
                                Optional.of(1),
                                2),
                        "outbox",
                        new SinkSummary(
                                "notification-outbox",
                                "paused",
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                0)));
    }

    /** @param json a text that is not JSON as such */
    public record Answer(int status, HttpHeaders headers, JsonNode json) {
        static Answer of(HttpResponse<String> response) {
            return new Answer(response.statusCode(), response.headers(), json(response));
        }

        private static JsonNode json(HttpResponse<String> response) {
            if (!response.headers().firstValue("content-type").orElse("").contains("json")) {
                return TextNode.valueOf(response.body());
            }
            try {
                return new ObjectMapper().readTree(response.body());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        public String contentType() {
            return header("content-type");
        }

        public String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        public List<String> texts(String field) {
            return json.path("items").findValuesAsText(field);
        }

        public void isProblem(int expected, String detail) {
            assertThat(status).as(json.toString()).isEqualTo(expected);
            assertThat(contentType()).startsWith("application/problem+json");
            assertThat(json.path("status").asInt()).isEqualTo(expected);
            assertThat(json.path("detail").asText()).isEqualTo(detail);
            assertThat(json.path("title").asText()).isNotEmpty();
        }
    }
}
