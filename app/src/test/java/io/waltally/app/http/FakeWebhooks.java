package io.waltally.app.http;

import io.waltally.app.http.route.WebhookOperations;
import io.waltally.app.webhook.EndpointRefusedException;
import io.waltally.app.webhook.EndpointRefusedException.Kind;
import io.waltally.webhooks.deliver.Backlog;
import io.waltally.webhooks.deliver.EndpointCounts;
import io.waltally.webhooks.deliver.EndpointStatus;
import io.waltally.webhooks.deliver.EndpointStatus.State;
import io.waltally.webhooks.deliver.LatencySnapshot;
import io.waltally.webhooks.deliver.RecentAttempt;
import io.waltally.webhooks.sign.SigningSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.errors.TimeoutException;

/** Deliveries to one endpoint with failures, and to one without any events. */
final class FakeWebhooks implements WebhookOperations {
    static final SigningSecret SECRET = SigningSecret.generate();

    final List<String> requests = new ArrayList<>();

    @Override
    public List<EndpointStatus> endpoints() {
        Instant noon = Instant.parse("2026-11-22T12:00:00Z");
        return List.of(
                new EndpointStatus(
                        "busy",
                        false,
                        "https://hooks.example.com",
                        State.DISABLED,
                        Optional.empty(),
                        new Backlog(7, 6, 5, 4, Optional.of(noon)),
                        Optional.of(new EndpointStatus.LastFailure(noon, "HTTP 410")),
                        List.of(
                                new RecentAttempt(
                                        noon,
                                        "batch_2",
                                        7,
                                        Duration.ofMillis(20),
                                        Optional.of(410),
                                        Optional.of("HTTP 410")),
                                new RecentAttempt(
                                        noon,
                                        "evt_1",
                                        1,
                                        Duration.ofSeconds(5),
                                        Optional.empty(),
                                        Optional.of("no answer within 5s"))),
                        new EndpointCounts(100, 30, 20, 1, latencies(99, 1), latencies(50, 50))),
                new EndpointStatus(
                        "idle",
                        true,
                        "http://127.0.0.1:9090",
                        State.WAITING,
                        Optional.of("no broker answers"),
                        new Backlog(0, 0, 0, 0, Optional.empty()),
                        Optional.empty(),
                        List.of(),
                        new EndpointCounts(0, 0, 0, 0, latencies(0, 0), latencies(0, 0))));
    }

    private static LatencySnapshot latencies(long quick, long slow) {
        return new LatencySnapshot(
                List.of(
                        new LatencySnapshot.Bucket(0.05, quick),
                        new LatencySnapshot.Bucket(Double.POSITIVE_INFINITY, slow)),
                12.5,
                quick + slow == 0 ? Optional.empty() : Optional.of(new LatencySnapshot.Quantiles(0.025, 0.04)));
    }

    @Override
    public Optional<SigningSecret> add(String endpoint, Map<String, String> settings) {
        record("add " + endpoint + " " + new TreeMap<>(settings), endpoint);
        return settings.containsKey("secrets") ? Optional.empty() : Optional.of(SECRET);
    }

    @Override
    public void change(String endpoint, Map<String, String> settings, Collection<String> defaults) {
        if (settings.containsKey("tabel")) {
            throw new EndpointRefusedException(Kind.INVALID, endpoint + ".tabel is not a known key");
        }
        record("change " + endpoint + " " + new TreeMap<>(settings) + " " + defaults, endpoint);
    }

    @Override
    public void pause(String endpoint) {
        record("pause " + endpoint, endpoint);
    }

    @Override
    public void resume(String endpoint) {
        record("resume " + endpoint, endpoint);
    }

    @Override
    public void remove(String endpoint) {
        record("remove " + endpoint, endpoint);
    }

    private void record(String request, String endpoint) {
        switch (endpoint) {
            case "x", "busy" -> requests.add(request);
            case "file" -> throw new EndpointRefusedException(Kind.CONFLICT, "endpoint file is in the configuration");
            case "invalid" -> throw new EndpointRefusedException(Kind.INVALID, "invalid.url must be a URL");
            case "unrecorded" -> throw new TimeoutException("no broker answers");
            default -> throw new EndpointRefusedException(Kind.UNKNOWN, "there is no endpoint \"" + endpoint + "\"");
        }
    }
}
