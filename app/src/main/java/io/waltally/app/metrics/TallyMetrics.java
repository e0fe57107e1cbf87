package io.waltally.app.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.waltally.app.tally.AsOf;
import io.waltally.pipeline.view.UserTotals;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * Metrics of each backend, of all buckets together, and of the applied position. Every process exports the cluster's
 * values, except users, of which it exports its own partitions.
 */
public final class TallyMetrics implements MultiCollector {
    private final Set<Source> sources;
    private final Function<Source, Optional<AsOf>> applied;
    private final Supplier<Optional<Tallies>> tallies;

    /**
     * The tallies of all backends, by name, and of all buckets. They may change while they are read.
     *
     * @param usage of each backend in the last month that it was used in
     * @param users of this process; empty while they have not been counted
     */
    public record Tallies(
            Map<String, BackendQuota> backends,
            Map<String, MonthlyUsage> usage,
            Collection<BucketUsage> buckets,
            Optional<UserTotals> users) {}

    /** @param period the month, as the application writes it */
    public record MonthlyUsage(String period, BackendUsage usage) {}

    /**
     * @param applied the position up to which everything of a source is in tallies and notifications; empty while
     *     unknown
     * @param tallies empty while unknown
     */
    public TallyMetrics(
            Set<Source> sources, Function<Source, Optional<AsOf>> applied, Supplier<Optional<Tallies>> tallies) {
        this.sources = Set.copyOf(sources);
        this.applied = applied;
        this.tallies = tallies;
    }

    @Override
    public MetricSnapshots collect() {
        return new MetricSnapshots(
                Stream.concat(Stream.of(applied()), tallies.get().stream().flatMap(TallyMetrics::of))
                        .filter(gauge -> !gauge.getDataPoints().isEmpty())
                        .toArray(GaugeSnapshot[]::new));
    }

    private GaugeSnapshot applied() {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("waltally_applied_lsn_bytes")
                .help("Everything that ended at or before this position of the WAL is in tallies and notifications.");
        sources.forEach(source -> applied.apply(source)
                .ifPresent(asOf -> gauge.dataPoint(point(
                        Labels.of("source", source.id()), (double) asOf.lsn().value()))));
        return gauge.build();
    }

    private static Stream<GaugeSnapshot> of(Tallies tallies) {
        Map<String, BackendQuota> backends = Map.copyOf(tallies.backends());
        return Stream.of(
                        backends(backends),
                        usage(tallies.usage()),
                        buckets(tallies.buckets()),
                        tallies.users().stream().flatMap(TallyMetrics::users))
                .flatMap(gauges -> gauges);
    }

    private static Stream<GaugeSnapshot> backends(Map<String, BackendQuota> backends) {
        return Stream.of(
                backend(
                        backends,
                        "waltally_backend_used_bytes",
                        "Sum of size_bytes of the backend's objects.",
                        BackendQuota::getBytesUsed,
                        backend -> true),
                backend(
                        backends,
                        "waltally_backend_orphan_bytes",
                        "Bytes that wait for cleanup.",
                        BackendQuota::getOrphanBytes,
                        backend -> true),
                backend(
                        backends,
                        "waltally_backend_inflight_bytes",
                        "Bytes of parts of open multipart uploads.",
                        BackendQuota::getInflightBytes,
                        backend -> true),
                backend(
                        backends,
                        "waltally_backend_limit_bytes",
                        "Its limit; absent if it is unlimited.",
                        BackendQuota::getBytesLimit,
                        backend -> backend.getBytesLimit() != 0),
                backend(
                        backends,
                        "waltally_backend_objects",
                        "Rows of object_locations.",
                        BackendQuota::getObjectCount,
                        backend -> true));
    }

    private static Stream<GaugeSnapshot> usage(Map<String, MonthlyUsage> usage) {
        return Stream.of(
                usage(
                        usage,
                        "waltally_backend_api_requests",
                        "API requests of the month.",
                        BackendUsage::getApiRequests),
                usage(usage, "waltally_backend_egress_bytes", "Egress of the month.", BackendUsage::getEgressBytes),
                usage(usage, "waltally_backend_ingress_bytes", "Ingress of the month.", BackendUsage::getIngressBytes),
                utilization(
                        usage,
                        "waltally_backend_api_requests_utilization",
                        "API requests of the month, as a share of their limit; absent without one.",
                        BackendUsage::getApiRequestsLimit,
                        BackendUsage::getApiRequestsUtilization),
                utilization(
                        usage,
                        "waltally_backend_egress_bytes_utilization",
                        "Egress of the month, as a share of its limit; absent without one.",
                        BackendUsage::getEgressBytesLimit,
                        BackendUsage::getEgressBytesUtilization),
                utilization(
                        usage,
                        "waltally_backend_ingress_bytes_utilization",
                        "Ingress of the month, as a share of its limit; absent without one.",
                        BackendUsage::getIngressBytesLimit,
                        BackendUsage::getIngressBytesUtilization));
    }

    private static GaugeSnapshot usage(
            Map<String, MonthlyUsage> usage, String name, String help, ToLongFunction<BackendUsage> figure) {
        return monthly(usage, name, help, month -> true, month -> (double) figure.applyAsLong(month));
    }

    private static GaugeSnapshot utilization(
            Map<String, MonthlyUsage> usage,
            String name,
            String help,
            ToLongFunction<BackendUsage> limit,
            ToDoubleFunction<BackendUsage> share) {
        return monthly(usage, name, help, month -> limit.applyAsLong(month) != 0, share);
    }

    private static GaugeSnapshot monthly(
            Map<String, MonthlyUsage> usage,
            String name,
            String help,
            Predicate<BackendUsage> hasIt,
            ToDoubleFunction<BackendUsage> figure) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        usage.forEach((backend, month) -> {
            if (hasIt.test(month.usage())) {
                gauge.dataPoint(point(
                        Labels.of("backend", backend, "period", month.period()), figure.applyAsDouble(month.usage())));
            }
        });
        return gauge.build();
    }

    private static Stream<GaugeSnapshot> users(UserTotals users) {
        return Stream.of(
                all("waltally_users", "Users of this process that have a collection.", (double) users.users()),
                all(
                        "waltally_user_payload_bytes",
                        "Payload of the users of this process.",
                        users.totalBytes().doubleValue()));
    }

    private static GaugeSnapshot backend(
            Map<String, BackendQuota> backends,
            String name,
            String help,
            ToLongFunction<BackendQuota> figure,
            Predicate<BackendQuota> hasIt) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        backends.forEach((backend, quota) -> {
            if (hasIt.test(quota)) {
                gauge.dataPoint(point(Labels.of("backend", backend), (double) figure.applyAsLong(quota)));
            }
        });
        return gauge.build();
    }

    private static Stream<GaugeSnapshot> buckets(Collection<BucketUsage> buckets) {
        double count = 0;
        double objects = 0;
        double logical = 0;
        double stored = 0;
        double under = 0;
        double over = 0;
        for (BucketUsage bucket : buckets) {
            count++;
            objects += bucket.getObjectCount();
            logical += bucket.getLogicalBytes();
            stored += bucket.getStoredBytes();
            under += bucket.getUnderReplicated();
            over += bucket.getOverReplicated();
        }
        return Stream.of(
                all("waltally_buckets", "Buckets that have objects.", count),
                all("waltally_bucket_objects", "Objects of all buckets.", objects),
                all("waltally_bucket_logical_bytes", "Bytes of all objects, each counted once.", logical),
                all("waltally_bucket_stored_bytes", "Bytes of all copies of objects.", stored),
                all("waltally_bucket_under_replicated_objects", "Objects with too few copies.", under),
                all("waltally_bucket_over_replicated_objects", "Objects with too many copies.", over));
    }

    private static GaugeSnapshot all(String name, String help, double sum) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(Labels.EMPTY, sum))
                .build();
    }

    private static GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }
}
