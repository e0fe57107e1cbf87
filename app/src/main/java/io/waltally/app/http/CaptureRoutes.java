package io.waltally.app.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What an operator asks of captures, which is accepted here and then shows in the status. */
final class CaptureRoutes {
    private final CaptureControl captures;

    CaptureRoutes(CaptureControl captures) {
        this.captures = captures;
    }

    void addTo(DocumentedRoutes routes) {
        routes.post("/api/sources/{source}/resume", context -> {
            boolean newEpoch = newEpoch(context);
            accept(context, source -> captures.resume(source, newEpoch));
        });
        routes.post("/api/sources/{source}/snapshots", context -> {
            JsonNode wanted = wanted(context);
            accept(
                    context,
                    source -> captures.snapshot(
                            source, wanted.path("table").asText(), texts(wanted, "from"), texts(wanted, "to")));
        });
    }

    private static boolean newEpoch(Context context) {
        String text = Optional.ofNullable(context.queryParam("new_epoch")).orElse("false");
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw Problem.parameter("new_epoch", text, "must be true or false");
        };
    }

    private static void accept(Context context, Consumer<Source> request) {
        try {
            Source source = Source.of(context.pathParam("source"));
            request.accept(source);
            JsonAnswer.write(context.status(HttpStatus.ACCEPTED), Map.of("source", source.id(), "accepted", true));
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, e.getMessage());
        } catch (IllegalStateException e) {
            throw new Problem(HttpStatus.CONFLICT, e.getMessage());
        }
    }

    private static JsonNode wanted(Context context) {
        // A page in a browser may post a form or plain text to a loopback address unasked, but not JSON.
        String type = context.contentType();
        if (type == null || !type.startsWith("application/json")) {
            throw new Problem(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json");
        }
        JsonNode wanted;
        try {
            wanted = Json.parse(context.body());
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, e.getMessage());
        }
        if (!wanted.path("table").isTextual()) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the body must be like {\"table\": \"object_locations\"}");
        }
        return wanted;
    }

    private static List<String> texts(JsonNode wanted, String name) {
        List<String> texts = new ArrayList<>();
        wanted.path(name).forEach(value -> texts.add(value.asText()));
        return texts;
    }
}
