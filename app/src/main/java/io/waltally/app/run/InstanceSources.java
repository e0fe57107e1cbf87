package io.waltally.app.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.deadletter.DeadLetterHistory;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.http.route.Readiness;
import io.waltally.app.http.route.SinkRoutes;
import io.waltally.app.http.route.WebhookRoutes;
import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.live.LiveSources;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.Json;
import io.waltally.connectors.capture.CaptureStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Provides the state of an instance and its roles to the events and the history of its HTTP API. */
final class InstanceSources implements LiveSources {
    private final Instance instance;
    /** A producer of events may begin while the status that the former one asked for is still awaited. */
    private final Lock status = new ReentrantLock();

    InstanceSources(Instance instance) {
        this.instance = instance;
    }

    @Override
    public JsonNode status() {
        status.lock();
        try {
            ObjectNode document = JsonNodeFactory.instance.objectNode();
            Readiness readiness = instance.readiness();
            document.put("ready", readiness.ready());
            document.set("reasons", Json.tree(readiness.reasons()));
            document.setAll((ObjectNode) Json.tree(instance.status()));
            return document;
        } finally {
            status.unlock();
        }
    }

    @Override
    public List<CaptureRate> captures() {
        return instance.captures().stream()
                .map(role -> {
                    CaptureStatus status = role.captured();
                    return new CaptureRate(
                            role.source().id(),
                            role.leads() ? OptionalLong.of(status.changes()) : OptionalLong.empty(),
                            status.captured().map(Object::toString),
                            instance.published(role.source()).map(AsOf::lsn).map(Object::toString));
                })
                .toList();
    }

    @Override
    public Optional<Tallies> tallies() {
        try {
            return instance.roles().streams().map(role -> new Tallies(role.backends(), role.buckets()));
        } catch (TallyQueries.TalliesUnavailableException e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<JsonNode> webhooks() {
        return instance.roles().webhooks().map(role -> WebhookRoutes.document(role.endpoints()));
    }

    @Override
    public Optional<JsonNode> sinks() {
        return instance.roles().sinks().map(role -> SinkRoutes.document(role.sinks()));
    }

    @Override
    public Optional<JsonNode> deadLetters() {
        return instance.deadLetters().letters().map(letters -> {
            Map<DeadLetterStage, Long> counts = letters.stream()
                    .filter(DeadLetterHistory::isOpen)
                    .collect(Collectors.groupingBy(letter -> letter.letter().stage(), Collectors.counting()));
            ObjectNode open = JsonNodeFactory.instance.objectNode();
            for (DeadLetterStage stage : DeadLetterStage.values()) {
                open.put(stage.id(), counts.getOrDefault(stage, 0L));
            }
            return open;
        });
    }

    @Override
    public void onBucketChange(Consumer<String> listener) {
        instance.roles().streams().ifPresent(role -> role.onBucketChange(listener));
    }
}
