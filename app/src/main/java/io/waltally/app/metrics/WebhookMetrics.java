package io.waltally.app.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.waltally.webhooks.deliver.EndpointCounts;
import io.waltally.webhooks.deliver.EndpointStatus;
import io.waltally.webhooks.deliver.LatencySnapshot;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** Metrics of the deliveries of this process, by endpoint. */
public final class WebhookMetrics implements MultiCollector {
    private static final double MILLIS_PER_SECOND = 1_000;

    private final Supplier<List<EndpointStatus>> endpoints;
    private final Clock clock;

    public WebhookMetrics(Supplier<List<EndpointStatus>> endpoints, Clock clock) {
        this.endpoints = endpoints;
        this.clock = clock;
    }

    @Override
    public MetricSnapshots collect() {
        List<EndpointStatus> now = endpoints.get();
        if (now.isEmpty()) {
            return new MetricSnapshots();
        }
        List<MetricSnapshot> metrics = new ArrayList<>();
        metrics.add(counter(
                now, "waltally_webhook_delivered", "Events that the endpoint took.", EndpointCounts::delivered));
        metrics.add(counter(
                now,
                "waltally_webhook_failed_attempts",
                "Attempts to deliver an event that the endpoint did not take.",
                EndpointCounts::failedAttempts));
        metrics.add(counter(
                now,
                "waltally_webhook_retries",
                "Attempts to deliver an event that had failed before.",
                EndpointCounts::retries));
        metrics.add(counter(
                now, "waltally_webhook_dead_letters", "Events that went to dlq.webhooks.", EndpointCounts::dead));
        metrics.add(gauge(
                now,
                "waltally_webhook_disabled",
                "1 if the endpoint answered 410, or has failed for too long, and has not been resumed since.",
                endpoint -> endpoint.state() == EndpointStatus.State.DISABLED ? 1 : 0));
        metrics.add(gauge(
                now,
                "waltally_webhook_paused",
                "1 if an operator has paused the endpoint.",
                endpoint -> endpoint.state() == EndpointStatus.State.PAUSED ? 1 : 0));
        metrics.add(gauge(
                now,
                "waltally_webhook_unreadable",
                "1 if the settings of the endpoint, which was added at run time, cannot be read.",
                endpoint -> endpoint.state() == EndpointStatus.State.UNREADABLE ? 1 : 0));
        metrics.add(gauge(
                now,
                "waltally_webhook_lag_records",
                "Records of the outbox that have not been read for the endpoint.",
                endpoint -> endpoint.backlog().lag()));
        metrics.add(gauge(
                now,
                "waltally_webhook_unfinished",
                "Events that have been read and are neither delivered nor dead letters.",
                endpoint -> endpoint.backlog().unfinished()));
        metrics.add(gauge(
                now,
                "waltally_webhook_retrying",
                "Events that failed and wait for their next attempt.",
                endpoint -> endpoint.backlog().retrying()));
        metrics.add(gauge(
                now,
                "waltally_webhook_oldest_seconds",
                "Age of the oldest unfinished event; 0 if there is none.",
                endpoint -> age(endpoint.backlog().oldest())));
        metrics.add(histogram(
                now,
                "waltally_webhook_first_attempt_seconds",
                "From a commit to the first request about it.",
                EndpointCounts::firstAttempt));
        metrics.add(histogram(
                now,
                "waltally_webhook_success_seconds",
                "From a commit to the answer that took the event.",
                EndpointCounts::success));
        return new MetricSnapshots(metrics);
    }

    private double age(Optional<Instant> time) {
        return time.map(committed ->
                        Math.max(0, Duration.between(committed, clock.instant()).toMillis() / MILLIS_PER_SECOND))
                .orElse(0.0);
    }

    private static Labels labels(EndpointStatus endpoint) {
        return Labels.of("endpoint", endpoint.name());
    }

    private static CounterSnapshot counter(
            List<EndpointStatus> endpoints, String name, String help, ToLongFunction<EndpointCounts> value) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        endpoints.forEach(endpoint -> counter.dataPoint(CounterDataPointSnapshot.builder()
                .labels(labels(endpoint))
                .value((double) value.applyAsLong(endpoint.counts()))
                .build()));
        return counter.build();
    }

    private static GaugeSnapshot gauge(
            List<EndpointStatus> endpoints, String name, String help, ToDoubleFunction<EndpointStatus> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        endpoints.forEach(endpoint -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(labels(endpoint))
                .value(value.applyAsDouble(endpoint))
                .build()));
        return gauge.build();
    }

    private static HistogramSnapshot histogram(
            List<EndpointStatus> endpoints, String name, String help, Function<EndpointCounts, LatencySnapshot> value) {
        HistogramSnapshot.Builder histogram =
                HistogramSnapshot.builder().name(name).help(help);
        endpoints.forEach(endpoint -> {
            LatencySnapshot latencies = value.apply(endpoint.counts());
            ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
            latencies.buckets().forEach(bucket -> buckets.bucket(bucket.seconds(), bucket.count()));
            histogram.dataPoint(HistogramDataPointSnapshot.builder()
                    .labels(labels(endpoint))
                    .classicHistogramBuckets(buckets.build())
                    .sum(latencies.sum())
                    .build());
        });
        return histogram.build();
    }
}
