package io.waltally.app.http.route;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.app.metrics.Metrics;
import io.waltally.app.status.StatusReport;
import java.util.Map;
import java.util.function.Supplier;

/** Routes of the process: probes, metrics and status. */
public final class StateRoutes {
    private final Supplier<Readiness> readiness;
    private final Supplier<StatusReport> status;
    private final Supplier<String> metrics;

    /** @param metrics in Prometheus' text format */
    public StateRoutes(Supplier<Readiness> readiness, Supplier<StatusReport> status, Supplier<String> metrics) {
        this.readiness = readiness;
        this.status = status;
        this.metrics = metrics;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/healthz", context -> JsonResponse.write(context, Map.of("status", "up")));
        routes.get("/readyz", this::readyz);
        routes.get(
                "/metrics", context -> context.contentType(Metrics.CONTENT_TYPE).result(metrics.get()));
        routes.get("/api/status", context -> JsonResponse.write(context, status.get()));
    }

    private void readyz(Context context) {
        Readiness now = readiness.get();
        context.status(now.ready() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
        JsonResponse.write(context, now);
    }
}
