package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.schemas.event.EventType;

/** Route of the types of notifications. */
public final class EventTypeRoutes {
    private EventTypeRoutes() {}

    public static void addTo(DocumentedRoutes routes) {
        routes.get("/api/event-types", EventTypeRoutes::list);
    }

    private static void list(Context context) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        for (EventType type : EventType.all()) {
            ObjectNode item = items.addObject();
            item.put("type", type.type().id());
            item.put("source", type.source());
            item.put("description", type.description());
            item.put("subject", type.subject());
            item.set("schema", type.schema());
        }
        JsonResponse.write(context, document);
    }
}
