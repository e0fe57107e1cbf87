package io.waltally.app.command.sink;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.status.SinkSummary;
import io.waltally.app.status.StatusReport;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the instance at the configured address says of its sinks, in the form of the API. */
public final class RunningSinks {
    private static final String ROOT = "/api/sinks";
    private static final String STANDBY = "standby";

    private final RunningInstance instance;

    public RunningSinks(RunningInstance instance) {
        this.instance = instance;
    }

    /**
     * By name; empty if no instance answers there, or if it runs no sinks.
     *
     * @throws CommandFailure if it does not admit the request
     */
    Optional<Map<String, JsonNode>> list() {
        return instance.getIfOffered(ROOT).map(answer -> {
            Map<String, JsonNode> sinks = new LinkedHashMap<>();
            answer.path("items").forEach(sink -> sinks.put(sink.path("name").asText(), sink));
            return sinks;
        });
    }

    /**
     * The report with what the instance says.
     *
     * @throws CommandFailure if it does not admit the request
     */
    public StatusReport addTo(StatusReport report) {
        Map<String, SinkSummary> sinks = new LinkedHashMap<>(report.sinks());
        list().ifPresent(own ->
                own.forEach((name, sink) -> sinks.computeIfPresent(name, (known, seen) -> merged(seen, sink))));
        return new StatusReport(report.sources(), report.stages(), sinks);
    }

    private static SinkSummary merged(SinkSummary seen, JsonNode own) {
        String state = own.path("state").asText();
        boolean shared = seen.members().orElse(0) > 1 || state.equals(STANDBY);
        return seen.with(
                state,
                text(own, "reason"),
                shared ? seen.lag() : Optional.of(own.at("/lag/records").asLong()),
                state.equals(STANDBY)
                        ? seen.lagSeconds()
                        : Optional.of(own.at("/lag/seconds").asDouble()),
                text(own, "applied_lsn"));
    }

    private static Optional<String> text(JsonNode sink, String field) {
        return Optional.ofNullable(sink.path(field).textValue());
    }

    @Override
    public String toString() {
        return instance.toString();
    }
}
