package io.waltally.app.command.top;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.waltally.pipeline.PipelineConfig;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The last state of a running instance, collected from its events. Thread-safe. */
final class LiveState {
    static final int NOTIFICATIONS_KEPT = 8;

    private JsonNode status = MissingNode.getInstance();
    private JsonNode rates = MissingNode.getInstance();
    private JsonNode webhooks = MissingNode.getInstance();
    private double capacityThreshold = PipelineConfig.DEFAULTS.capacityThreshold();
    private NavigableMap<String, JsonNode> backends = new TreeMap<>();
    private final Deque<JsonNode> notifications = new ArrayDeque<>();

    /**
     * Everything at one moment.
     *
     * @param capacityThreshold utilization of a backend from which it is warned of
     */
    record Snapshot(
            JsonNode status,
            JsonNode rates,
            JsonNode webhooks,
            double capacityThreshold,
            NavigableMap<String, JsonNode> backends,
            List<JsonNode> notifications) {}

    /** Events of a new connection follow, which begin with the last notifications. */
    synchronized void connected() {
        notifications.clear();
    }

    /** @param document of {@code /api/instance}; that of an older instance has no threshold */
    synchronized void instance(JsonNode document) {
        capacityThreshold = document.path("capacity_threshold").asDouble(capacityThreshold);
    }

    /** @param items of {@code /api/backends} */
    synchronized void backends(JsonNode items) {
        NavigableMap<String, JsonNode> all = new TreeMap<>();
        items.forEach(item -> all.put(item.path("backend_name").asText(), item));
        backends = all;
    }

    synchronized void event(String type, JsonNode data) {
        switch (type) {
            case "status" -> status = data;
            case "rates" -> rates = data;
            case "webhooks" -> webhooks = data;
            case "backends" -> {
                data.path("items")
                        .forEach(item -> backends.put(item.path("backend_name").asText(), item));
                data.path("gone").forEach(name -> backends.remove(name.asText()));
            }
            case "notifications" -> data.path("items").forEach(this::notification);
            default -> {
                // Newer instances may have more.
            }
        }
    }

    private void notification(JsonNode event) {
        notifications.addFirst(event);
        if (notifications.size() > NOTIFICATIONS_KEPT) {
            notifications.removeLast();
        }
    }

    synchronized Snapshot snapshot() {
        return new Snapshot(
                status, rates, webhooks, capacityThreshold, new TreeMap<>(backends), List.copyOf(notifications));
    }
}
