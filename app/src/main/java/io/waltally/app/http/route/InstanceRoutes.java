package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.http.server.AccessControl;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import java.time.Instant;
import java.util.Optional;

/** Routes of this instance: its version, the permissions of the caller, and the history of its figures. */
public final class InstanceRoutes {
    private final Instant started = Instant.now();
    private final double capacityThreshold;
    private final HistoryQueries history;

    /** @param capacityThreshold utilization from which clients mark a backend as almost full */
    public InstanceRoutes(double capacityThreshold, HistoryQueries history) {
        this.capacityThreshold = capacityThreshold;
        this.history = history;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/instance", this::instance);
        routes.get("/api/history/rates", context -> JsonResponse.write(context, history.rates()));
        routes.get(
                "/api/history/backend",
                context -> JsonResponse.write(
                        context,
                        history.backend(
                                Optional.ofNullable(context.queryParam("name")).orElse(""))));
    }

    private void instance(Context context) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put(
                "version",
                Optional.ofNullable(InstanceRoutes.class.getPackage().getImplementationVersion())
                        .orElse("development"));
        document.put("started_at", started.toString());
        document.put("token", AccessControl.tokenName(context).orElse(null));
        document.put("operate", AccessControl.mayOperate(context));
        document.put("capacity_threshold", capacityThreshold);
        JsonResponse.write(context, document);
    }
}
