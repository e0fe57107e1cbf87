package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.app.http.server.Problem;
import io.waltally.app.http.server.RequestAudit;
import io.waltally.app.webhook.EndpointRefusedException;
import io.waltally.webhooks.deliver.Backlog;
import io.waltally.webhooks.deliver.EndpointCounts;
import io.waltally.webhooks.deliver.EndpointStatus;
import io.waltally.webhooks.deliver.LatencySnapshot;
import io.waltally.webhooks.deliver.RecentAttempt;
import io.waltally.webhooks.sign.SigningSecret;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;

/** Routes that list, add, change, pause and replay webhook endpoints. */
public final class WebhookRoutes {
    private static final String NAME = "name";
    private static final double MILLIS_PER_SECOND = 1_000;

    private final Optional<WebhookOperations> webhooks;

    /** @param webhooks empty if this instance does not deliver */
    public WebhookRoutes(Optional<WebhookOperations> webhooks) {
        this.webhooks = webhooks;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/webhooks", this::list);
        routes.post("/api/webhooks", this::add);
        routes.post("/api/webhooks/{name}/change", this::change);
        routes.post("/api/webhooks/{name}/pause", simple(WebhookOperations::pause));
        routes.post("/api/webhooks/{name}/resume", simple(WebhookOperations::resume));
        routes.post("/api/webhooks/{name}/remove", simple(WebhookOperations::remove));
        routes.post("/api/webhooks/{name}/enable", simple(WebhookOperations::resume));
    }

    private WebhookOperations webhooks() {
        return webhooks.orElseThrow(() -> new Problem(
                HttpStatus.SERVICE_UNAVAILABLE,
                "this instance does not deliver notifications (role webhooks); ask one that does"));
    }

    private void list(Context context) {
        JsonResponse.write(context, document(webhooks().endpoints()));
    }

    /** The list of endpoints. */
    public static ObjectNode document(List<EndpointStatus> endpoints) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        endpoints.forEach(endpoint -> items.add(item(endpoint)));
        return document;
    }

    private void add(Context context) {
        Map<String, String> settings = new LinkedHashMap<>();
        EndpointSettingsJson.of(context.body()).forEach((key, value) -> {
            if (value != null) {
                settings.put(key, value);
            }
        });
        String name = settings.remove(NAME);
        if (name == null) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the body needs a name");
        }
        RequestAudit.target(context, name);
        Optional<SigningSecret> made = answered(() -> webhooks().add(name, settings));
        ObjectNode answer = accepted(name);
        answer.put("secret", made.map(SigningSecret::reveal).orElse(null));
        JsonResponse.write(context.status(HttpStatus.ACCEPTED), answer);
    }

    private void change(Context context) {
        String name = context.pathParam(NAME);
        Map<String, String> settings = new LinkedHashMap<>();
        List<String> defaults = new ArrayList<>();
        EndpointSettingsJson.of(context.body()).forEach((key, value) -> {
            if (value == null) {
                defaults.add(key);
            } else {
                settings.put(key, value);
            }
        });
        RequestAudit.target(
                context,
                name + " "
                        + Stream.concat(settings.keySet().stream(), defaults.stream())
                                .collect(Collectors.joining(",")));
        answered(() -> {
            webhooks().change(name, settings, defaults);
            return name;
        });
        JsonResponse.write(context.status(HttpStatus.ACCEPTED), accepted(name));
    }

    /** A request without a body. */
    private Handler simple(BiConsumer<WebhookOperations, String> request) {
        return context -> {
            String name = context.pathParam(NAME);
            RequestAudit.target(context, name);
            DocumentedRoutes.requireNoBody(context);
            answered(() -> {
                request.accept(webhooks(), name);
                return name;
            });
            JsonResponse.write(context.status(HttpStatus.ACCEPTED), accepted(name));
        };
    }

    private static ObjectNode accepted(String endpoint) {
        return JsonNodeFactory.instance.objectNode().put("endpoint", endpoint).put("accepted", true);
    }

    private static <T> T answered(Supplier<T> request) {
        try {
            return request.get();
        } catch (EndpointRefusedException e) {
            throw new Problem(
                    switch (e.kind()) {
                        case INVALID -> HttpStatus.BAD_REQUEST;
                        case UNKNOWN -> HttpStatus.NOT_FOUND;
                        case CONFLICT -> HttpStatus.CONFLICT;
                    },
                    e.getMessage());
        } catch (KafkaException e) {
            throw new Problem(HttpStatus.SERVICE_UNAVAILABLE, "the request could not be recorded: " + e.getMessage());
        }
    }

    private static ObjectNode item(EndpointStatus endpoint) {
        Backlog backlog = endpoint.backlog();
        EndpointCounts counts = endpoint.counts();
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put(NAME, endpoint.name());
        item.put("added", endpoint.added());
        item.put("target", endpoint.target());
        item.put("state", endpoint.state().id());
        item.put("reason", endpoint.reason().orElse(null));
        item.put("delivered", counts.delivered());
        item.put("failed_attempts", counts.failedAttempts());
        item.put("retries", counts.retries());
        item.put("dead", counts.dead());
        item.put("lag", backlog.lag());
        item.put("unfinished", backlog.unfinished());
        item.put("under_way", backlog.underWay());
        item.put("retrying", backlog.retrying());
        item.put("oldest", backlog.oldest().map(Object::toString).orElse(null));
        endpoint.lastFailure()
                .ifPresentOrElse(
                        failure -> item.putObject("last_failure")
                                .put("time", failure.time().toString())
                                .put("reason", failure.reason()),
                        () -> item.putNull("last_failure"));
        ArrayNode attempts = item.putArray("recent_attempts");
        endpoint.recentAttempts().forEach(attempt -> attempts.add(attempt(attempt)));
        item.set("first_attempt_seconds", latencies(counts.firstAttempt()));
        item.set("success_seconds", latencies(counts.success()));
        return item;
    }

    private static ObjectNode attempt(RecentAttempt attempt) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("time", attempt.time().toString());
        node.put("event", attempt.event());
        node.put("events", attempt.events());
        node.put("status", attempt.status().orElse(null));
        node.put("failure", attempt.failure().orElse(null));
        node.put("seconds", attempt.duration().toMillis() / MILLIS_PER_SECOND);
        return node;
    }

    private static ObjectNode latencies(LatencySnapshot latencies) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        Optional<LatencySnapshot.Quantiles> quantiles = latencies.quantiles();
        node.put("p50", quantiles.map(LatencySnapshot.Quantiles::p50).orElse(null));
        node.put("p99", quantiles.map(LatencySnapshot.Quantiles::p99).orElse(null));
        return node;
    }
}
