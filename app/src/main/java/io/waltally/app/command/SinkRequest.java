package io.waltally.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.audit.AuditLog;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.TopicProvisioning;
import io.waltally.sinks.engine.SinkControlWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/** Writes a request to a sink, and waits until the instance at the configured address shows that it has followed it. */
final class SinkRequest {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long LOOK_MILLIS = 200;
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final String PAUSED = "paused";

    private final Configuration configuration;
    private final RunningSinks running;
    private final String sink;

    /** @throws CommandFailure if no such sink is configured */
    SinkRequest(Configuration configuration, RunningInstance instance, String sink) {
        this.configuration = configuration;
        this.running = new RunningSinks(instance);
        this.sink = sink;
        List<ConfiguredSink> sinks = configuration.sinks().sinks();
        ConfiguredSink configured = sinks.stream()
                .filter(known -> known.name().equals(sink))
                .findFirst()
                .orElseThrow(() -> CommandFailure.wrongUsage("there is no sink \"" + sink + "\"; "
                        + (sinks.isEmpty()
                                ? "the configuration has none (sinks)"
                                : "there are "
                                        + sinks.stream()
                                                .map(ConfiguredSink::name)
                                                .collect(Collectors.joining(", ")))));
        if (!configured.active()) {
            throw CommandFailure.wrongUsage("sink " + sink + " is off (mode), so it does not run");
        }
    }

    /**
     * Pauses the sink.
     *
     * @return what became of it
     */
    String pause() {
        AuditLog.run("sinks pause", sink, () -> write(writer -> writer.pause(sink)));
        return await(PAUSED::equals, "is paused");
    }

    /**
     * Lets the sink continue.
     *
     * @return what became of it
     */
    String resume(boolean reset) {
        AuditLog.run("sinks resume", sink + " reset=" + reset, () -> write(writer -> writer.resume(sink, reset)));
        return await(
                state -> !state.equals(PAUSED),
                reset ? "reads its topics again from the beginning" : "continues from its position");
    }

    private void write(Consumer<SinkControlWriter> request) {
        TopicCatalogue topics = configuration.catalogue();
        Map<String, Object> client = new HashMap<>(configuration.kafka().properties());
        client.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        client.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        try (Admin admin = Admin.create(client)) {
            // There may not have been any 'run' yet.
            new TopicProvisioning(admin).create(List.of(topics.sinkControls()));
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw new CommandFailure(
                    "cannot reach Kafka at " + configuration.kafka().bootstrapServers() + " (kafka.bootstrap.servers)",
                    e);
        }
        try {
            request.accept(new SinkControlWriter(
                    topics, Map.copyOf(configuration.kafka().properties())));
        } catch (KafkaException e) {
            throw new CommandFailure("the request could not be written to Kafka: " + e.getMessage(), e);
        }
    }

    private String await(Predicate<String> followed, String done) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<JsonNode> seen = shown();
            if (seen.isEmpty()) {
                return sink + " " + done + " as soon as an instance runs it; none at " + running + " does";
            }
            String state = seen.get().path("state").asText();
            if (followed.test(state)) {
                return sink + " " + done + "; 'waltally sinks list' shows how";
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailure("the request is recorded, but the instance at " + running + " still shows "
                        + sink + " as " + state + "; 'waltally sinks list' shows when that changes");
            }
            pause(LOOK_MILLIS);
        }
    }

    private Optional<JsonNode> shown() {
        try {
            return running.list().flatMap(sinks -> Optional.ofNullable(sinks.get(sink)));
        } catch (CommandFailure e) {
            throw new CommandFailure(
                    "the request is recorded, but it is not known what became of it: " + e.getMessage(), e);
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }
}
