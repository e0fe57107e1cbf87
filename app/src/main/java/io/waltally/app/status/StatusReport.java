package io.waltally.app.status;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The status of all sources, stages and sinks by name; its JSON form is that of the contract.
 *
 * @param kafkaClusterId empty while Kafka does not answer
 */
public record StatusReport(
        Optional<String> kafkaClusterId,
        Map<String, SourceStatus> sources,
        Map<String, StageStatus> stages,
        Map<String, SinkSummary> sinks) {
    /** Whether every source is captured, and every stage and every sink that is not paused runs. */
    public boolean healthy() {
        return sources.values().stream()
                        .allMatch(source -> source.state().equals("streaming")
                                || source.state().equals("snapshot")
                                || source.state().equals("waiting"))
                && stages.values().stream().allMatch(stage -> stage.state().equals("running"))
                && sinks.values().stream().allMatch(SinkSummary::healthy);
    }

    /** Adds the states of sinks that an instance reports. */
    public StatusReport withSinks(List<SinkReport> own) {
        Map<String, SinkSummary> merged = new LinkedHashMap<>(sinks);
        own.forEach(sink -> merged.computeIfPresent(sink.status().name(), (name, seen) -> seen.with(sink)));
        return new StatusReport(kafkaClusterId, sources, stages, merged);
    }
}
