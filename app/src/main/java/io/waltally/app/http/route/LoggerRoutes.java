package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.config.value.LogLevel;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.app.http.server.Problem;
import io.waltally.app.http.server.RequestAudit;
import io.waltally.app.logging.Loggers;
import io.waltally.app.tally.Json;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Routes of the loggers of this process. */
public final class LoggerRoutes {
    private static final String LEVEL = "level";
    private static final String SHAPE =
            "the body must be like {\"level\": \"DEBUG\"}, or {\"level\": null} for the level" + " of the parent";

    private final Loggers loggers;

    public LoggerRoutes(Loggers loggers) {
        this.loggers = loggers;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/loggers", this::list);
        routes.post("/api/loggers/{name}", this::set);
    }

    private void list(Context context) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        loggers.levels()
                .forEach((name, level) -> items.addObject().put("name", name).put(LEVEL, level.name()));
        JsonResponse.write(context, document);
    }

    private void set(Context context) {
        String name = context.pathParam("name");
        Optional<LogLevel> level = level(context.body());
        RequestAudit.target(
                context, name + " level=" + level.map(LogLevel::name).orElse("inherited"));
        try {
            LogLevel effective = loggers.set(name, level);
            JsonResponse.write(context, Map.of("name", name, LEVEL, effective.name()));
        } catch (NoSuchElementException e) {
            throw new Problem(HttpStatus.NOT_FOUND, e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the level of " + name + " " + e.getMessage());
        }
    }

    private static Optional<LogLevel> level(String body) {
        JsonNode given;
        try {
            given = Json.parseStrictly(body);
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, SHAPE);
        }
        JsonNode level = given.path(LEVEL);
        if (given.size() != 1 || !(level.isTextual() || level.isNull())) {
            throw new Problem(HttpStatus.BAD_REQUEST, SHAPE);
        }
        try {
            return Optional.ofNullable(level.textValue()).map(LogLevel::parse);
        } catch (IllegalArgumentException e) {
            throw Problem.parameter(LEVEL, level.textValue(), e.getMessage());
        }
    }
}
