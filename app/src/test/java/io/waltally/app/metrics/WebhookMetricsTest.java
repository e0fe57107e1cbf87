package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.webhooks.deliver.Backlog;
import io.waltally.webhooks.deliver.EndpointCounts;
import io.waltally.webhooks.deliver.EndpointStatus;
import io.waltally.webhooks.deliver.EndpointStatus.State;
import io.waltally.webhooks.deliver.LatencySnapshot;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WebhookMetricsTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void anEndpointHasAllItsMeasures() {
        EndpointStatus endpoint = new EndpointStatus(
                "crm",
                false,
                "https://hooks.example.com",
                State.DISABLED,
                Optional.empty(),
                new Backlog(7, 6, 5, 4, Optional.of(NOW.minusSeconds(90))),
                Optional.empty(),
                List.of(),
                new EndpointCounts(100, 30, 20, 1, latencies(), latencies()));
        assertThat(scrape(List.of(endpoint)))
                .contains(
                        "waltally_webhook_delivered_total{endpoint=\"crm\"} 100.0",
                        "waltally_webhook_failed_attempts_total{endpoint=\"crm\"} 30.0",
                        "waltally_webhook_retries_total{endpoint=\"crm\"} 20.0",
                        "waltally_webhook_dead_letters_total{endpoint=\"crm\"} 1.0",
                        "waltally_webhook_disabled{endpoint=\"crm\"} 1.0",
                        "waltally_webhook_lag_records{endpoint=\"crm\"} 7.0",
                        "waltally_webhook_unfinished{endpoint=\"crm\"} 6.0",
                        "waltally_webhook_retrying{endpoint=\"crm\"} 4.0",
                        "waltally_webhook_oldest_seconds{endpoint=\"crm\"} 90.0",
                        "waltally_webhook_first_attempt_seconds_bucket{endpoint=\"crm\",le=\"0.5\"} 3",
                        "waltally_webhook_first_attempt_seconds_bucket{endpoint=\"crm\",le=\"+Inf\"} 5",
                        "waltally_webhook_success_seconds_count{endpoint=\"crm\"} 5",
                        "waltally_webhook_success_seconds_sum{endpoint=\"crm\"} 12.5");
    }

    @Test
    void withoutEndpointsThereIsNothingToMeasure() {
        assertThat(scrape(List.of())).noneMatch(line -> line.startsWith("waltally_"));
    }

    private static LatencySnapshot latencies() {
        return new LatencySnapshot(
                List.of(new LatencySnapshot.Bucket(0.5, 3), new LatencySnapshot.Bucket(Double.POSITIVE_INFINITY, 2)),
                12.5,
                Optional.of(new LatencySnapshot.Quantiles(0.3, 4)));
    }

    private static List<String> scrape(List<EndpointStatus> endpoints) {
        try (Metrics metrics = new Metrics()) {
            metrics.add(new WebhookMetrics(() -> endpoints, Clock.fixed(NOW, ZoneOffset.UTC)));
            return metrics.scrape().lines().toList();
        }
    }
}
