package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.deadletter.DeadLetterPosition;
import io.waltally.app.deadletter.DeadLetterStage;
import io.waltally.app.http.route.query.Page;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.app.http.server.Problem;
import io.waltally.app.http.server.RequestAudit;
import io.waltally.app.tally.Json;
import io.waltally.schemas.Counted;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;

/** Routes that list, replay and drop dead letters. */
public final class DeadLetterRoutes {
    private static final String STAGE = "stage";
    private static final String REASON = "reason";
    private static final List<String> MEMBERS = List.of(STAGE, "ids", "endpoint", "sink", REASON);
    private static final int MAX_IDS = 1_000;

    private final DeadLetterOperations letters;

    public DeadLetterRoutes(DeadLetterOperations letters) {
        this.letters = letters;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/dead-letters", this::list);
        routes.post("/api/dead-letters/replay", context -> change(context, body -> letters.replay(selection(body))));
        routes.post(
                "/api/dead-letters/drop",
                context -> change(
                        context,
                        body -> letters.drop(selection(body), text(body, REASON).orElse(""))));
    }

    private void list(Context context) {
        DeadLetterStage stage =
                stage(Optional.ofNullable(context.queryParam(STAGE)).orElseGet(DeadLetterStage.STREAMS::id));
        Page<DeadLetterPosition> page = Page.of(context, DeadLetterRoutes::place);
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        try {
            DeadLetterOperations.Listing open = letters.open(stage, page.after(), page.limit());
            open.letters().forEach(items::add);
            document.put("next", open.next().map(DeadLetterPosition::toString).orElse(null));
        } catch (KafkaException e) {
            throw notNow(e);
        }
        JsonResponse.write(context, document);
    }

    private static DeadLetterPosition place(String cursor) {
        try {
            return DeadLetterPosition.parse(cursor);
        } catch (IllegalArgumentException e) {
            throw Page.noCursor(cursor);
        }
    }

    private static void change(Context context, ToIntFunction<JsonNode> work) {
        JsonNode body = body(context);
        RequestAudit.target(
                context,
                body.path(STAGE).asText() + " " + Counted.of(body.path("ids").size(), "dead letter"));
        try {
            int count = work.applyAsInt(body);
            JsonResponse.write(context.status(HttpStatus.ACCEPTED), Map.of("count", count, "accepted", true));
        } catch (NoSuchElementException e) {
            throw new Problem(HttpStatus.NOT_FOUND, e.getMessage());
        } catch (IllegalStateException e) {
            throw new Problem(HttpStatus.CONFLICT, e.getMessage());
        } catch (KafkaException e) {
            throw notNow(e);
        }
    }

    private static Problem notNow(KafkaException e) {
        return e instanceof AuthorizationException
                ? new Problem(
                        HttpStatus.FORBIDDEN,
                        "Kafka does not permit it to the account of this instance: " + e.getMessage()
                                + "; the account of an operator may ('waltally dlq')")
                : new Problem(HttpStatus.SERVICE_UNAVAILABLE, "Kafka cannot do it now: " + e.getMessage());
    }

    private static JsonNode body(Context context) {
        JsonNode body;
        try {
            body = Json.parseStrictly(context.body());
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, e.getMessage());
        }
        if (!body.path(STAGE).isTextual() || !body.path("ids").isArray()) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST, "the body must be like {\"stage\": \"webhooks\", \"ids\": [\"evt_1\"]}");
        }
        body.fieldNames().forEachRemaining(name -> {
            if (!MEMBERS.contains(name)) {
                throw new Problem(
                        HttpStatus.BAD_REQUEST,
                        "\"" + name + "\" is not known; there are " + String.join(", ", MEMBERS));
            }
        });
        return body;
    }

    private static DeadLetterOperations.Selection selection(JsonNode body) {
        Set<String> ids = new HashSet<>();
        body.path("ids").forEach(id -> {
            if (!id.isTextual()) {
                throw new Problem(HttpStatus.BAD_REQUEST, "ids has " + id + ", which is no text");
            }
            ids.add(id.asText());
        });
        if (ids.isEmpty() || ids.size() > MAX_IDS) {
            throw new Problem(HttpStatus.BAD_REQUEST, "ids must have from 1 to " + MAX_IDS + " ids");
        }
        return new DeadLetterOperations.Selection(
                stage(body.path(STAGE).asText()), ids, text(body, "endpoint"), text(body, "sink"));
    }

    private static Optional<String> text(JsonNode body, String name) {
        JsonNode value = body.path(name);
        if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
            throw new Problem(HttpStatus.BAD_REQUEST, name + " is " + value + ", which is no text");
        }
        return value.isTextual() ? Optional.of(value.asText()) : Optional.empty();
    }

    private static DeadLetterStage stage(String text) {
        return Arrays.stream(DeadLetterStage.values())
                .filter(stage -> stage.id().equals(text))
                .findFirst()
                .orElseThrow(() -> Problem.parameter(
                        STAGE,
                        text,
                        "must be one of "
                                + Arrays.stream(DeadLetterStage.values())
                                        .map(DeadLetterStage::id)
                                        .collect(Collectors.joining(", "))));
    }
}
