package io.waltally.sinks.outbox;

import static io.waltally.sinks.SinkFixture.waitFor;
import static io.waltally.sinks.outbox.OutboxSinks.waitForState;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.waltally.sinks.SinkFixture;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The rows of the outbox sink, delivered as s3-orchestrator's worker delivers them. */
class DeliveredOutboxIT {
    private static final int EVENTS = 400;
    private static final int TRANSACTIONS = 4;
    private static final String SECRET = "s3cret";
    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    private final SinkFixture fixture = new SinkFixture();

    private final Map<String, List<JsonNode>> received = new ConcurrentHashMap<>();
    private final List<String> faults = new CopyOnWriteArrayList<>();

    @Test
    void theApplicationsWorkerDeliversEachEventOnceAndThoseOfASubjectInTheirOrder() throws Exception {
        // Given
        OutboxSinks sinks = new OutboxSinks(fixture);
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", this::receive);
        receiver.start();
        String address = "http://127.0.0.1:" + receiver.getAddress().getPort();
        SinkRunner runner = sinks.start(fixture.login(), OutboxSinks.endpoints(address + "/all", address + "/removed"));
        waitForState(runner, SinkStatus.State.RUNNING);
        fixture.execute("INSERT INTO public.notification_outbox (event_type, payload, endpoint_url)"
                + " VALUES ('s3:ObjectCreated:Put', '{}', 'https://gone.example.com')");
        // When
        sinks.write(true, IntStream.range(0, EVENTS).mapToObj(OutboxSinks::event));
        waitFor("more rows than the worker takes at once", () -> runner.status().rows() >= EVENTS);
        Map<String, String> secrets = Map.of(address + "/all", SECRET, address + "/removed", SECRET);
        List<Thread> workers = List.of(worker(secrets), worker(secrets));
        workers.forEach(Thread::start);
        for (int i = 1; i < TRANSACTIONS; i++) {
            sinks.write(true, IntStream.range(i * EVENTS, (i + 1) * EVENTS).mapToObj(OutboxSinks::event));
            fixture.killSessions();
        }
        waitFor("all events", () -> count("/all") >= TRANSACTIONS * EVENTS);
        waitFor(
                "an empty outbox",
                () -> fixture.strings("SELECT count(*) FROM public.notification_outbox")
                        .equals(List.of("0")));
        for (Thread worker : workers) {
            worker.interrupt();
            worker.join();
        }
        receiver.stop(0);
        // Then
        assertThat(faults).isEmpty();
        assertThat(ids("/all")).containsExactlyInAnyOrderElementsOf(numbers(1));
        assertThat(ids("/removed")).containsExactlyInAnyOrderElementsOf(numbers(3));
        received.forEach((path, events) -> assertThat(disorder(events)).as(path).isEmpty());
    }

    private Thread worker(Map<String, String> secrets) throws SQLException {
        Connection connection = fixture.closing(fixture.connect());
        DeliveryWorker worker = new DeliveryWorker(connection, secrets);
        return new Thread(() -> {
            try {
                while (true) {
                    worker.drainOnce();
                    Thread.sleep(20);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (SQLException e) {
                faults.add(e.toString());
            }
        });
    }

    private void receive(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String signature = exchange.getRequestHeaders().getFirst(DeliveryWorker.SIGNATURE);
        if (!DeliveryWorker.signature(SECRET, body).equals(signature)) {
            faults.add("signature of " + body);
        }
        received.computeIfAbsent(exchange.getRequestURI().getPath(), path -> new CopyOnWriteArrayList<>())
                .add(JSON.readTree(body));
        exchange.sendResponseHeaders(204, -1);
        exchange.close();
    }

    private int count(String path) {
        return received.getOrDefault(path, List.of()).size();
    }

    private List<Integer> ids(String path) {
        return received.get(path).stream()
                .map(event -> Integer.valueOf(event.path("id").asText()))
                .toList();
    }

    private static List<Integer> numbers(int step) {
        return IntStream.range(0, TRANSACTIONS * EVENTS)
                .filter(number -> number % step == 0)
                .boxed()
                .toList();
    }

    /** Events that came after a later one of their subject. */
    private static List<String> disorder(List<JsonNode> events) {
        Map<String, Integer> last = new HashMap<>();
        List<String> late = new ArrayList<>();
        for (JsonNode event : events) {
            int number = Integer.parseInt(event.path("id").asText());
            Integer before = last.put(event.path("subject").asText(), number);
            if (before != null && before > number) {
                late.add(number + " after " + before);
            }
        }
        return late;
    }
}
