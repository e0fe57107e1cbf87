package io.waltally.app.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.waltally.app.status.SinkReport;
import io.waltally.sinks.engine.SinkStatus;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** Metrics of the sinks of this process, by sink. Unknown values are omitted. */
public final class SinkMetrics implements MultiCollector {
    private static final double MILLIS_PER_SECOND = 1_000;

    private final Supplier<List<SinkReport>> sinks;

    public SinkMetrics(Supplier<List<SinkReport>> sinks) {
        this.sinks = sinks;
    }

    @Override
    public MetricSnapshots collect() {
        List<SinkReport> now = sinks.get();
        if (now.isEmpty()) {
            return new MetricSnapshots();
        }
        return MetricSnapshots.of(
                counter(now, "waltally_sink_rows", "Rows that this process has written.", SinkStatus::rows),
                counter(
                        now,
                        "waltally_sink_batches",
                        "Transactions of the target that this process has committed.",
                        SinkStatus::batches),
                counter(
                        now,
                        "waltally_sink_retries",
                        "Failures after which the same was tried again.",
                        SinkStatus::retries),
                counter(
                        now,
                        "waltally_sink_dead_letters",
                        "Records that the target refused and that went to dlq.sinks.",
                        SinkStatus::deadLetters),
                states(now),
                gauge(
                        now,
                        "waltally_sink_last_batch_records",
                        "Records in the last transaction of the target.",
                        sink -> Optional.of((double) sink.status().lastBatch())),
                gauge(
                        now,
                        "waltally_sink_lag_records",
                        "Records that wait, of the partitions of this process; of all while it cannot write.",
                        sink -> Optional.of((double) sink.status().lag())),
                gauge(
                        now,
                        "waltally_sink_lag_seconds",
                        "Age of the last record that was written while others wait; 0 if none waits.",
                        sink -> Optional.of(sink.status().lagTime().toMillis() / MILLIS_PER_SECOND)),
                gauge(
                        now,
                        "waltally_sink_lag_bytes",
                        "WAL between the applied and the captured LSN, that of other databases of the server included.",
                        sink -> sink.lagBytes().map(Long::doubleValue)),
                gauge(
                        now,
                        "waltally_sink_applied_lsn_bytes",
                        "Everything that ended at or before this position of the WAL is in the target.",
                        sink -> sink.status().completeTo().map(position ->
                                (double) position.lsn().value())));
    }

    private static CounterSnapshot counter(
            List<SinkReport> sinks, String name, String help, ToLongFunction<SinkStatus> value) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        sinks.forEach(sink -> counter.dataPoint(CounterDataPointSnapshot.builder()
                .labels(labels(sink))
                .value((double) value.applyAsLong(sink.status()))
                .build()));
        return counter.build();
    }

    private static GaugeSnapshot gauge(
            List<SinkReport> sinks, String name, String help, Function<SinkReport, Optional<Double>> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        sinks.forEach(sink -> value.apply(sink)
                .ifPresent(known -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(labels(sink))
                        .value(known)
                        .build())));
        return gauge.build();
    }

    /** 1 for the current state of each sink, 0 for each other state. */
    private static GaugeSnapshot states(List<SinkReport> sinks) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("waltally_sink_state").help("1 for what the sink does in this process.");
        for (SinkReport sink : sinks) {
            for (SinkStatus.State state : SinkStatus.State.values()) {
                gauge.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(labels(sink).merge(Labels.of("state", state.id())))
                        .value(sink.status().state() == state ? 1 : 0)
                        .build());
            }
        }
        return gauge.build();
    }

    private static Labels labels(SinkReport sink) {
        return Labels.of("sink", sink.status().name());
    }
}
