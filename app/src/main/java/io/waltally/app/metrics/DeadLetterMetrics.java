package io.waltally.app.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.deadletter.DeadLetter;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.schemas.Source;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The open dead letters of the cluster. Absent while they are unknown. */
public final class DeadLetterMetrics implements MultiCollector {
    private static final String UNKNOWN_OWNER = "unknown";

    private final Supplier<Optional<List<DeadLetterHistory>>> letters;
    private final Map<DeadLetterStage, List<String>> owners = new EnumMap<>(DeadLetterStage.class);

    private final Supplier<List<String>> endpoints;

    /**
     * @param configuration its sources and sinks are shown even if they have none
     * @param endpoints that are shown even if they have none
     */
    public DeadLetterMetrics(
            Supplier<Optional<List<DeadLetterHistory>>> letters,
            Configuration configuration,
            Supplier<List<String>> endpoints) {
        this.letters = letters;
        this.endpoints = endpoints;
        List<String> sources =
                configuration.sources().keySet().stream().map(Source::id).toList();
        owners.put(DeadLetterStage.CAPTURE, sources);
        owners.put(DeadLetterStage.STREAMS, sources);
        owners.put(
                DeadLetterStage.SINKS,
                configuration.sinks().active().stream()
                        .map(ConfiguredSink::name)
                        .toList());
    }

    @Override
    public MetricSnapshots collect() {
        return letters.get().map(this::gauge).map(MetricSnapshots::of).orElseGet(MetricSnapshots::new);
    }

    private GaugeSnapshot gauge(List<DeadLetterHistory> known) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder()
                .name("waltally_dead_letters_open")
                .help("Dead letters of the cluster that were neither replayed with success nor dropped.");
        for (DeadLetterStage stage : DeadLetterStage.values()) {
            Map<String, Long> counts = new TreeMap<>();
            Stream<String> ofLetters = known.stream()
                    .filter(DeadLetterHistory::isOpen)
                    .map(DeadLetterHistory::letter)
                    .filter(letter -> letter.stage() == stage)
                    .map(DeadLetter::owner)
                    .map(owner -> owner.orElse(UNKNOWN_OWNER));
            owners(stage).forEach(owner -> counts.put(owner, 0L));
            ofLetters.forEach(owner -> counts.merge(owner, 1L, Long::sum));
            counts.forEach((owner, count) -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(Labels.of("stage", stage.id(), "owner", owner))
                    .value(count)
                    .build()));
        }
        return gauge.build();
    }

    private List<String> owners(DeadLetterStage stage) {
        return stage == DeadLetterStage.WEBHOOKS ? endpoints.get() : owners.getOrDefault(stage, List.of());
    }
}
