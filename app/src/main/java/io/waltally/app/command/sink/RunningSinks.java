package io.waltally.app.command.sink;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.RunningInstance;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads the status of sinks from the API of the instance at the configured address. */
final class RunningSinks {
    private static final String ROOT = "/api/sinks";

    private final RunningInstance instance;

    RunningSinks(RunningInstance instance) {
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

    @Override
    public String toString() {
        return instance.toString();
    }
}
