package io.waltally.app.command.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.command.common.RunningInstance;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the instance at the configured address says of its deliveries, in the form of the API. */
final class RunningWebhooks {
    private static final String ROOT = "/api/webhooks";

    private final RunningInstance instance;

    RunningWebhooks(RunningInstance instance) {
        this.instance = instance;
    }

    /**
     * By name; empty if no instance answers there, or if it does not deliver.
     *
     * @throws CommandFailure if it does not admit the request
     */
    Optional<Map<String, JsonNode>> list() {
        return instance.getIfOffered(ROOT).map(answer -> {
            Map<String, JsonNode> endpoints = new LinkedHashMap<>();
            answer.path("items")
                    .forEach(endpoint -> endpoints.put(endpoint.path("name").asText(), endpoint));
            return endpoints;
        });
    }

    @Override
    public String toString() {
        return instance.toString();
    }
}
