package io.waltally.app.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.http.ApiFixture;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class EventStreamTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final ApiFixture api = ApiFixture.streaming(Map.of());
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void clientReceivesTheCurrentStateThenEvents() throws Exception {
        api.produced.next.add(log -> log.appendState("status", Map.of("ready", true)));
        try (Reading first = read("/api/stream")) {
            assertThat(first.next("status").data()).isEqualTo("{\"ready\":true}");
            try (Reading second = read("/api/stream")) {
                assertThat(second.next("status").data()).isEqualTo("{\"ready\":true}");
                api.produced.next.add(log -> log.append("notifications", Map.of("items", List.of("\n<b>"))));
                assertThat(second.next("notifications").data()).isEqualTo("{\"items\":[\"\\n<b>\"]}");
                assertThat(first.next("notifications").data()).isEqualTo("{\"items\":[\"\\n<b>\"]}");
            }
        }
    }

    @Test
    void manyClientsShareOneProducerWhichEndsAfterTheLastOne() throws Exception {
        List<Reading> readings = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            readings.add(read("/api/stream"));
        }
        api.produced.next.add(log -> log.append("backends", Map.of("n", 1)));
        for (Reading reading : readings) {
            assertThat(reading.next("backends").data()).isEqualTo("{\"n\":1}");
        }
        assertThat(api.events.clients()).isEqualTo(50);
        assertThat(api.produced.closed).hasValue(0);
        for (Reading reading : readings) {
            reading.close();
        }
        // A connection is known to have gone when something is written to it.
        until(() -> {
            api.produced.next.add(log -> log.append("backends", Map.of("n", 2)));
            return api.events.clients() == 0 && api.produced.closed.get() == 1;
        });
    }

    @Test
    void aClientThatComesBackGetsWhatItMissed() throws Exception {
        String id;
        try (Reading reading = read("/api/stream")) {
            reading.next("missed");
            api.produced.next.add(log -> log.append("backends", Map.of("n", 1)));
            id = reading.next("backends").id();
            api.produced.next.add(log -> log.append("backends", Map.of("n", 2)));
            reading.next("backends");
        }
        try (Reading again = read("/api/stream", "Last-Event-ID", id)) {
            assertThat(again.next("").data()).isEqualTo("{\"n\":2}");
        }
        try (Reading unknown = read("/api/stream", "Last-Event-ID", "another-7")) {
            assertThat(unknown.next("").type()).isEqualTo("missed");
        }
    }

    @Test
    void aClientOfAnotherInstanceLearnsThatItMissedSomeAndGetsTheLastHappenings() throws Exception {
        try (Reading reading = read("/api/stream")) {
            api.produced.next.add(log -> {
                log.append("notifications", Map.of("n", 1));
                log.append("notifications", Map.of("n", 2));
                log.appendState("status", Map.of("n", 3));
            });
            reading.next("status");
            try (Reading other = read("/api/stream?last=1", "Last-Event-ID", "another-7")) {
                assertThat(other.next("")).extracting(Event::type, Event::data).containsExactly("missed", "{}");
                assertThat(other.next("").data()).isEqualTo("{\"n\":3}");
                assertThat(other.next("").data()).isEqualTo("{\"n\":2}");
            }
        }
    }

    @Test
    void whoHasReadListsBeforeTheyAreWatchedLearnsIt() throws Exception {
        try (Reading reading = read("/api/stream")) {
            assertThat(reading.next("missed").data())
                    .isEqualTo("{\"types\":[\"backends\",\"buckets\",\"user-collections\",\"users\"]}");
        }
    }

    @Test
    void aClientThatBeginsGetsTheLastHappeningsIfItAsksForThem() throws Exception {
        try (Reading reading = read("/api/stream")) {
            reading.next("missed");
            api.produced.next.add(log -> {
                log.append("notifications", Map.of("n", 1));
                log.append("notifications", Map.of("n", 2));
                log.append("buckets", Map.of("n", 3));
                log.append("transactions", Map.of("n", 4));
                log.append("notifications", Map.of("n", 5));
                log.appendState("status", Map.of("n", 6));
            });
            reading.next("status");
            String id;
            try (Reading late = read("/api/stream?last=2")) {
                assertThat(late.next("").data()).isEqualTo("{\"n\":6}");
                assertThat(late.next("").data()).isEqualTo("{\"n\":2}");
                assertThat(late.next("").data()).isEqualTo("{\"n\":4}");
                Event last = late.next("");
                assertThat(last.data()).isEqualTo("{\"n\":5}");
                id = last.id();
            }
            api.produced.next.add(log -> log.append("transactions", Map.of("n", 7)));
            reading.next("transactions");
            try (Reading resumed = read("/api/stream?last=2", "Last-Event-ID", id)) {
                assertThat(resumed.next("").type()).isEqualTo("status");
                assertThat(resumed.next("").data()).isEqualTo("{\"n\":7}");
            }
            try (Reading wanted = read("/api/stream?last=1&types=transactions")) {
                assertThat(wanted.next("").data()).isEqualTo("{\"n\":7}");
            }
        }
        api.get("/api/stream?last=1001").isProblem(400, "last is \"1001\": must be a whole number from 0 to 1000");
    }

    @Test
    void aClientThatComesBackToAnotherProducerLearnsThatItMissedSome() throws Exception {
        String id;
        try (Reading reading = read("/api/stream")) {
            reading.next("missed");
            api.produced.next.add(log -> log.append("users", Map.of("n", 1)));
            id = reading.next("users").id();
        }
        until(() -> {
            api.produced.next.add(log -> log.append("users", Map.of("n", 2)));
            return api.produced.closed.get() == 1;
        });
        try (Reading again = read("/api/stream?types=transactions", "Last-Event-ID", id)) {
            assertThat(again.next("")).extracting(Event::type, Event::data).containsExactly("missed", "{}");
        }
    }

    @Test
    void onlyTheWantedTypesCome() throws Exception {
        try (Reading reading = read("/api/stream?types=buckets,rates")) {
            assertThat(reading.next("").type()).isEqualTo("missed");
            api.produced.next.add(log -> log.append("backends", Map.of()));
            api.produced.next.add(log -> log.append("buckets", Map.of()));
            assertThat(reading.next("").type()).isEqualTo("buckets");
        }
        api.get("/api/stream?types=bucket")
                .isProblem(
                        400,
                        "types is \"bucket\": must be some of status,rates,backends,buckets,users,user-collections,"
                                + "notifications,transactions,webhooks,sinks,dead-letters, with commas");
    }

    /** More than the buffers of a connection and the log have. */
    @Test
    void aClientThatDoesNotReadMissesEventsAndHoldsNobodyUp() throws Exception {
        String text = "x".repeat(200_000);
        try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), api.port());
                Reading fast = read("/api/stream")) {
            slow.getOutputStream()
                    .write("GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            until(() -> api.events.clients() == 2);
            for (int i = 0; i < 200; i++) {
                int n = i;
                api.produced.next.add(log -> log.append("notifications", Map.of("n", n, "text", text)));
            }
            api.produced.next.add(log -> log.append("sinks", Map.of("last", true)));
            assertThat(fast.next("sinks").data()).isEqualTo("{\"last\":true}");
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(slow.getInputStream(), StandardCharsets.UTF_8));
            String line = lines.readLine();
            while (line != null && !line.equals("event: missed")) {
                line = lines.readLine();
            }
            assertThat(line).isEqualTo("event: missed");
        }
    }

    @Test
    void headAnswersWithoutEvents() {
        ApiFixture.Answer answer = api.head("/api/stream");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.contentType()).startsWith("text/event-stream");
        assertThat(api.events.clients()).isZero();
    }

    @Test
    void theStreamNeedsATokenWhereTheInstanceAsksForOne() throws Exception {
        String secret = "0123456789abcdef";
        try (ApiFixture guarded = ApiFixture.streaming(Map.of("read-tokens.reader", secret))) {
            assertThat(guarded.get("/api/stream").status()).isEqualTo(401);
            HttpResponse<java.io.InputStream> response = client.send(
                    HttpRequest.newBuilder(URI.create(guarded.uri() + "/api/stream"))
                            .header("Authorization", "Bearer " + secret)
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            response.body().close();
        }
    }

    @Test
    void closingTheApiEndsTheConnections() throws Exception {
        try (Reading reading = read("/api/stream")) {
            api.close();
            reading.end();
        }
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private Reading read(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(api.uri() + path)).timeout(TIMEOUT);
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<java.io.InputStream> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        return new Reading(new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
    }

    private record Event(String id, String type, String data) {}

    /** The events of one client. */
    private record Reading(BufferedReader lines) implements AutoCloseable {
        /** The next event of a type; of any if that is empty. */
        Event next(String type) throws IOException {
            Predicate<Event> wanted = event -> type.isEmpty() || event.type().equals(type);
            String id = "";
            String named = "";
            String data = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    named = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data = line.substring(6);
                } else if (line.isEmpty() && !named.isEmpty()) {
                    Event event = new Event(id, named, data);
                    if (wanted.test(event)) {
                        return event;
                    }
                }
            }
            throw new AssertionError("the stream has ended without " + type);
        }

        /** Returns once the connection has ended, after its last event or in the middle of it. */
        void end() {
            try {
                while (lines.readLine() != null) {
                    // The rest does not matter.
                }
            } catch (IOException e) {
                assertThat(e).isNotInstanceOf(HttpTimeoutException.class);
            }
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
