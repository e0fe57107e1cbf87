package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.app.http.server.Problem;
import io.waltally.app.http.server.RequestAudit;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;

/** Routes that resume a source and request snapshots. Requests are accepted here; the status shows their progress. */
public final class CaptureRoutes {
    private static final List<String> SNAPSHOT_MEMBERS = List.of("table", "from", "to");

    private final CaptureOperations captures;

    public CaptureRoutes(CaptureOperations captures) {
        this.captures = captures;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.post("/api/sources/{source}/resume", context -> {
            DocumentedRoutes.requireNoBody(context);
            boolean newEpoch = flag(context, "new_epoch");
            boolean force = flag(context, "force");
            RequestAudit.target(context, context.pathParam("source") + " new_epoch=" + newEpoch + " force=" + force);
            accept(context, source -> {
                captures.resume(source, newEpoch, force);
                return Map.of();
            });
        });
        routes.post("/api/sources/{source}/snapshots", context -> {
            JsonNode wanted = wanted(context);
            RequestAudit.target(
                    context,
                    context.pathParam("source") + "." + wanted.path("table").asText()
                            + (wanted.path("from").isEmpty()
                                            && wanted.path("to").isEmpty()
                                    ? ""
                                    : " (a range of its keys)"));
            accept(
                    context,
                    source -> Map.of(
                            "id",
                            captures.snapshot(
                                    source,
                                    wanted.path("table").asText(),
                                    texts(wanted, "from"),
                                    texts(wanted, "to"))));
        });
    }

    private static boolean flag(Context context, String name) {
        String text = Optional.ofNullable(context.queryParam(name)).orElse("false");
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw Problem.parameter(name, text, "must be true or false");
        };
    }

    /** @param request returns what the answer says beside the source */
    private static void accept(Context context, Function<Source, Map<String, String>> request) {
        try {
            Source source = Source.of(context.pathParam("source"));
            Map<String, Object> answer = new LinkedHashMap<>(Map.of("source", source.id(), "accepted", true));
            answer.putAll(request.apply(source));
            JsonResponse.write(context.status(HttpStatus.ACCEPTED), answer);
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, e.getMessage());
        } catch (NoSuchElementException e) {
            throw new Problem(HttpStatus.NOT_FOUND, e.getMessage());
        } catch (IllegalStateException e) {
            throw new Problem(HttpStatus.CONFLICT, e.getMessage());
        }
    }

    private static JsonNode wanted(Context context) {
        JsonNode wanted;
        try {
            wanted = Json.parseStrictly(context.body());
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, e.getMessage());
        }
        if (!wanted.path("table").isTextual()) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the body must be like {\"table\": \"object_locations\"}");
        }
        wanted.fieldNames().forEachRemaining(name -> {
            if (!SNAPSHOT_MEMBERS.contains(name)) {
                throw new Problem(
                        HttpStatus.BAD_REQUEST,
                        "\"" + name + "\" is not known; there are " + String.join(", ", SNAPSHOT_MEMBERS));
            }
        });
        return wanted;
    }

    private static List<String> texts(JsonNode wanted, String name) {
        List<String> texts = new ArrayList<>();
        if (wanted.has(name) && !wanted.get(name).isArray()) {
            throw new Problem(HttpStatus.BAD_REQUEST, name + " must be a list of texts, a value of the key each");
        }
        wanted.path(name).forEach(value -> {
            if (!value.isTextual()) {
                throw new Problem(HttpStatus.BAD_REQUEST, name + " has " + value + ", which is no text");
            }
            texts.add(value.asText());
        });
        return texts;
    }
}
