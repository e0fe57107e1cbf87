package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.app.http.server.Problem;
import io.waltally.app.http.server.RequestAudit;
import io.waltally.app.status.SinkReport;
import io.waltally.app.tally.Json;
import io.waltally.sinks.engine.SinkStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;

/** Routes that list, pause and resume sinks. Requests are recorded for all instances; the status shows when they take effect. */
public final class SinkRoutes {
    private static final double MILLIS_PER_SECOND = 1_000;
    private static final String RESET = "reset";

    private final Optional<SinkOperations> sinks;

    /** @param sinks empty if this instance does not run sinks */
    public SinkRoutes(Optional<SinkOperations> sinks) {
        this.sinks = sinks;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/sinks", this::list);
        routes.get("/api/sinks/{name}", context -> JsonResponse.write(context, item(named(context))));
        routes.post("/api/sinks/{name}/pause", context -> {
            RequestAudit.target(context, context.pathParam("name"));
            DocumentedRoutes.requireNoBody(context);
            accept(context, name -> sinks().pause(name));
        });
        routes.post("/api/sinks/{name}/resume", context -> {
            boolean reset = reset(context);
            RequestAudit.target(context, context.pathParam("name") + " reset=" + reset);
            accept(context, name -> sinks().resume(name, reset));
        });
    }

    private SinkOperations sinks() {
        return sinks.orElseThrow(() -> new Problem(
                HttpStatus.SERVICE_UNAVAILABLE, "this instance does not run sinks (role sinks); ask one that does"));
    }

    private void list(Context context) {
        JsonResponse.write(context, document(sinks().sinks()));
    }

    /** The list of sinks. */
    public static ObjectNode document(List<SinkReport> sinks) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        sinks.forEach(sink -> items.add(item(sink)));
        return document;
    }

    private SinkReport named(Context context) {
        String name = context.pathParam("name");
        return sinks().sinks().stream()
                .filter(sink -> sink.status().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new Problem(HttpStatus.NOT_FOUND, unknown(name)));
    }

    private String unknown(String name) {
        String known =
                sinks().sinks().stream().map(sink -> sink.status().name()).collect(Collectors.joining(", "));
        return "there is no sink \"" + name + "\"; "
                + (known.isEmpty() ? "no sink is configured" : "there are " + known);
    }

    /** A request to a sink. */
    @FunctionalInterface
    private interface Request {
        void send(String sink);
    }

    private void accept(Context context, Request request) {
        String name = named(context).status().name();
        try {
            request.send(name);
        } catch (KafkaException e) {
            throw new Problem(HttpStatus.SERVICE_UNAVAILABLE, "the request could not be recorded: " + e.getMessage());
        }
        JsonResponse.write(context.status(HttpStatus.ACCEPTED), Map.of("sink", name, "accepted", true));
    }

    private static boolean reset(Context context) {
        if (context.body().isBlank()) {
            return false;
        }
        JsonNode wanted;
        try {
            wanted = Json.parseStrictly(context.body());
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, e.getMessage());
        }
        boolean known = wanted.isObject() && wanted.size() == (wanted.has(RESET) ? 1 : 0);
        if (!known || (wanted.has(RESET) && !wanted.get(RESET).isBoolean())) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the body must be absent, or like {\"reset\": true}");
        }
        return wanted.path(RESET).asBoolean();
    }

    private static ObjectNode item(SinkReport report) {
        SinkStatus sink = report.status();
        ObjectNode item = JsonNodeFactory.instance.objectNode();
        item.put("name", sink.name());
        item.put("type", sink.type());
        item.put("destination", sink.destination());
        item.put("state", sink.state().id());
        item.put("reason", sink.reason().orElse(null));
        item.put("rows", sink.rows());
        item.put("rows_per_second", sink.rowsPerSecond());
        item.put("batches", sink.batches());
        item.put("last_batch", sink.lastBatch());
        ObjectNode lag = item.putObject("lag");
        lag.put("records", sink.lag());
        report.lagBytes().ifPresentOrElse(bytes -> lag.put("bytes", bytes), () -> lag.putNull("bytes"));
        lag.put("seconds", sink.lagTime().toMillis() / MILLIS_PER_SECOND);
        item.put(
                "applied_lsn",
                sink.completeTo().map(position -> position.lsn().toString()).orElse(null));
        sink.completeTo().ifPresentOrElse(position -> item.put("epoch", position.epoch()), () -> item.putNull("epoch"));
        item.put("retries", sink.retries());
        item.put("dead_letters", sink.deadLetters());
        return item;
    }
}
