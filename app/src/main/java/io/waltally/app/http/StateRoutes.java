package io.waltally.app.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.metrics.Metrics;
import io.waltally.app.status.StatusReport;
import java.util.Map;
import java.util.function.Supplier;

/** How the process and its roles are, for probes, monitoring and people. */
final class StateRoutes {
    private final Supplier<Readiness> readiness;
    private final Supplier<StatusReport> status;
    private final Supplier<String> metrics;

    /** @param metrics in Prometheus' text format */
    StateRoutes(Supplier<Readiness> readiness, Supplier<StatusReport> status, Supplier<String> metrics) {
        this.readiness = readiness;
        this.status = status;
        this.metrics = metrics;
    }

    void addTo(DocumentedRoutes routes) {
        routes.get("/healthz", context -> JsonAnswer.write(context, Map.of("status", "up")));
        routes.get("/readyz", this::readyz);
        routes.get(
                "/metrics", context -> context.contentType(Metrics.CONTENT_TYPE).result(metrics.get()));
        routes.get("/api/status", context -> JsonAnswer.write(context, status.get()));
    }

    private void readyz(Context context) {
        Readiness now = readiness.get();
        context.status(now.ready() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
        JsonAnswer.write(context, now);
    }
}
