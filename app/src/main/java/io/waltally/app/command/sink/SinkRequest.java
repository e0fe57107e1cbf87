package io.waltally.app.command.sink;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.audit.AuditLog;
import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.RecordedRequest;
import io.waltally.app.command.common.RunningInstance;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.config.reading.Suggestions;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.control.SinkControlWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Writes a request to a sink, and waits until the instance at the configured address has applied it. */
final class SinkRequest {
    private static final String PAUSED = "paused";

    private final Configuration configuration;
    private final RunningInstance running;
    private final String sink;

    /** @throws CommandFailure if no such sink is configured */
    SinkRequest(Configuration configuration, RunningInstance instance, String sink) {
        this.configuration = configuration;
        this.running = instance;
        this.sink = sink;
        List<ConfiguredSink> sinks = configuration.sinks().sinks();
        ConfiguredSink configured = sinks.stream()
                .filter(known -> known.name().equals(sink))
                .findFirst()
                .orElseThrow(() -> CommandFailure.wrongUsage("there is no sink \"" + sink + "\"; "
                        + (sinks.isEmpty()
                                ? "the configuration has none (sinks)"
                                : Suggestions.hint(
                                        sink,
                                        sinks.stream().map(ConfiguredSink::name).toList()))));
        if (!configured.active()) {
            throw CommandFailure.wrongUsage("sink " + sink + " is off (mode), so it does not run");
        }
    }

    /**
     * Pauses the sink.
     *
     * @return the result of the request
     */
    String pause() {
        AuditLog.run("sinks pause", sink, () -> write(writer -> writer.pause(sink)));
        return await(PAUSED::equals, "is paused", "");
    }

    /**
     * Lets the sink continue.
     *
     * @return the result of the request
     */
    String resume(boolean reset) {
        AuditLog.run("sinks resume", sink + " reset=" + reset, () -> write(writer -> writer.resume(sink, reset)));
        return await(
                state -> !state.equals(PAUSED),
                reset ? "reads its topics again from the beginning" : "continues from its position",
                "; 'waltally sinks list' shows how");
    }

    private void write(Consumer<SinkControlWriter> request) {
        TopicCatalogue topics = configuration.catalogue();
        SinkControlWriter writer =
                new SinkControlWriter(topics, Map.copyOf(configuration.kafka().properties()));
        RecordedRequest.write(configuration, topics.sinkControls(), () -> {
            request.accept(writer);
            return sink;
        });
    }

    /** @param further what to add once an instance has followed the request */
    private String await(Predicate<String> followed, String done, String further) {
        boolean seen = RecordedRequest.await(
                sink,
                running,
                () -> running.namedItems(SinksListCommand.PATH).flatMap(sinks -> Optional.ofNullable(sinks.get(sink))),
                shown -> followed.test(state(shown)),
                SinkRequest::state,
                "waltally sinks list");
        return sink + " " + done + (seen ? further : " as soon as an instance runs it; none at " + running + " does");
    }

    private static String state(JsonNode shown) {
        return shown.path("state").asText();
    }
}
