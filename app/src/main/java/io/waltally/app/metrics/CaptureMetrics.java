package io.waltally.app.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.retention.RetainedWal;
import io.waltally.connectors.capture.retention.ServerWal;
import io.waltally.connectors.capture.snapshot.TableSnapshot;
import io.waltally.schemas.Lsn;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** Metrics of the captures of this process: state, snapshots, and retained WAL. Unknown values are omitted. */
public final class CaptureMetrics implements MultiCollector {
    private static final double MILLIS_PER_SECOND = 1_000;
    private static final List<String> WAL_STATES = List.of("reserved", "extended", "unreserved", "lost");

    private final Supplier<List<Observation>> observations;
    private final Clock clock;

    /** @param wal empty if this process does not capture the source, or if the server does not answer */
    public record Observation(CaptureStatus capture, Optional<RetainedWal> wal) {
        private Labels labels() {
            return Labels.of("source", capture.source().id());
        }

        private boolean leads() {
            return capture.state() == CaptureState.SNAPSHOT || capture.state() == CaptureState.STREAMING;
        }

        private Optional<Lsn> server() {
            return wal.map(found -> found.server().position());
        }

        private Optional<ServerWal.Slot> slot() {
            return wal.flatMap(found -> found.server().slot());
        }

        private Optional<Long> lagBytes() {
            return capture.captured().flatMap(captured -> server().map(end -> Math.max(0, end.minus(captured))));
        }
    }

    public CaptureMetrics(Supplier<List<Observation>> observations, Clock clock) {
        this.observations = observations;
        this.clock = clock;
    }

    @Override
    public MetricSnapshots collect() {
        Sheet sheet = new Sheet(observations.get());
        sheet.gauge(
                "waltally_capture_leader",
                "1 while this process captures the source.",
                source -> Optional.of(source.leads() ? 1 : 0));
        sheet.gauges(
                "waltally_capture_state",
                "1 for what capture of the source does in this process.",
                "state",
                List.of(CaptureState.values()),
                state -> state.name().toLowerCase(Locale.ROOT),
                source -> Optional.of(source.capture().state()));
        sheet.gauge(
                "waltally_capture_epoch",
                "Incarnation of the source that the captured LSN belongs to.",
                source ->
                        source.capture().captured().map(lsn -> source.capture().epoch()));
        sheet.gauge(
                "waltally_capture_captured_lsn_bytes",
                "Everything that ended at or before this position of the WAL is in the cdc topics.",
                source -> source.capture().captured().map(Lsn::value));
        sheet.gauge(
                "waltally_capture_server_lsn_bytes",
                "End of the server's WAL.",
                source -> source.server().map(Lsn::value));
        sheet.gauge(
                "waltally_capture_lag_bytes",
                "WAL between the captured and the server's LSN, that of other databases of the server included.",
                Observation::lagBytes);
        sheet.gauge("waltally_capture_lag_seconds", "Age of the captured LSN; 0 if nothing is behind it.", this::lag);
        sheet.counter(
                "waltally_capture_changes",
                "Row changes that this process has published.",
                source -> source.capture().changes());
        sheet.counter(
                "waltally_capture_dead_letters",
                "Row changes that this process has published to dlq.capture.",
                source -> source.capture().deadLetters());
        sheet.counter(
                "waltally_capture_kafka_transactions",
                "Kafka transactions that this process has committed.",
                source -> source.capture().kafkaTransactions());
        addSlots(sheet);
        addSnapshots(sheet);
        return sheet.snapshots();
    }

    private static void addSlots(Sheet sheet) {
        sheet.gauge(
                "waltally_slot_active",
                "1 while something reads from the source's replication slot.",
                source -> source.slot().map(slot -> slot.active() ? 1 : 0));
        sheet.gauge(
                "waltally_slot_failover",
                "1 if standbys keep a copy of the slot (PostgreSQL 17 and later).",
                source -> source.slot().flatMap(ServerWal.Slot::failover).map(failover -> failover ? 1 : 0));
        sheet.gauge(
                "waltally_slot_retained_bytes",
                "WAL that the server keeps for the slot.",
                source -> source.slot().flatMap(ServerWal.Slot::retainedBytes));
        sheet.gauge(
                "waltally_slot_retained_growth_bytes_per_second",
                "How fast the retained WAL grows over the last minute; negative while capture catches up.",
                source -> source.wal().flatMap(RetainedWal::growth));
        sheet.gauge(
                "waltally_slot_max_wal_keep_bytes",
                "The server's max_slot_wal_keep_size.",
                source -> source.wal().flatMap(wal -> wal.server().keepLimit()));
        sheet.gauge(
                "waltally_slot_safe_wal_bytes",
                "WAL that may still be written before the slot may be lost.",
                source -> source.slot().flatMap(ServerWal.Slot::safeWalSize));
        sheet.gauge(
                "waltally_slot_limit_seconds",
                "Time until max_slot_wal_keep_size is reached, if the retained WAL grows on as it does.",
                source -> source.wal().flatMap(RetainedWal::timeLeft).map(CaptureMetrics::seconds));
        sheet.gauges(
                "waltally_slot_wal_status",
                "1 for the wal_status of the slot.",
                "status",
                WAL_STATES,
                status -> status,
                source -> source.slot().flatMap(ServerWal.Slot::walStatus));
    }

    private static void addSnapshots(Sheet sheet) {
        sheet.tables(
                "waltally_snapshot_rows",
                "Rows read so far of a table that is being read, or waits for it.",
                ranges -> ranges.stream().mapToLong(TableSnapshot::rows).sum());
        sheet.tables(
                "waltally_snapshot_estimated_rows",
                "Rows of that table as the server estimates them; 0 if it does not.",
                ranges ->
                        ranges.stream().mapToLong(TableSnapshot::estimate).max().orElse(0));
    }

    private Optional<Double> lag(Observation source) {
        return source.lagBytes()
                .flatMap(bytes -> bytes == 0
                        ? Optional.of(0.0)
                        : source.capture()
                                .committedAt()
                                .map(time -> Math.max(0, seconds(Duration.between(time, clock.instant())))));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / MILLIS_PER_SECOND;
    }

    /** Registers a metric with a point for each source that has a value. */
    private static final class Sheet {
        private final List<Observation> sources;
        private final List<MetricSnapshot> metrics = new ArrayList<>();

        Sheet(List<Observation> sources) {
            this.sources = sources;
        }

        void gauge(String name, String help, Function<Observation, Optional<? extends Number>> value) {
            GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
            for (Observation source : sources) {
                value.apply(source).ifPresent(number -> gauge.dataPoint(point(source.labels(), number.doubleValue())));
            }
            metrics.add(gauge.build());
        }

        /** Registers a state metric: 1 for the current state, 0 for each other. */
        <T> void gauges(
                String name,
                String help,
                String label,
                List<T> all,
                Function<T, String> text,
                Function<Observation, Optional<T>> value) {
            GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
            for (Observation source : sources) {
                value.apply(source)
                        .ifPresent(holds -> all.forEach(each -> gauge.dataPoint(
                                point(source.labels().add(label, text.apply(each)), each.equals(holds) ? 1 : 0))));
            }
            metrics.add(gauge.build());
        }

        /** Adds a metric by table, over all requested ranges of the table. */
        void tables(String name, String help, ToLongFunction<List<TableSnapshot>> value) {
            GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
            for (Observation source : sources) {
                source.capture().snapshots().stream()
                        .collect(Collectors.groupingBy(TableSnapshot::table))
                        .forEach((table, ranges) -> gauge.dataPoint(
                                point(source.labels().add("table", table), (double) value.applyAsLong(ranges))));
            }
            metrics.add(gauge.build());
        }

        void counter(String name, String help, ToDoubleFunction<Observation> value) {
            CounterSnapshot.Builder counter =
                    CounterSnapshot.builder().name(name).help(help);
            for (Observation source : sources) {
                counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(source.labels())
                        .value(value.applyAsDouble(source))
                        .build());
            }
            metrics.add(counter.build());
        }

        MetricSnapshots snapshots() {
            return new MetricSnapshots(metrics.stream()
                    .filter(metric -> !metric.getDataPoints().isEmpty())
                    .toList());
        }

        private static GaugeDataPointSnapshot point(Labels labels, double value) {
            return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
        }
    }
}
