package io.waltally.app.http.route.tally;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.route.query.NamedPage;
import io.waltally.app.http.route.query.SortOrder;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.Problem;
import io.waltally.app.tally.AvroJson;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendQuota;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Routes of backends: storage, and usage by month. */
public final class BackendRoutes {
    private static final String NAME = "name";

    private static final Map<String, ToLongFunction<BackendQuota>> FIGURES = Map.of(
            "bytes_used",
            BackendQuota::getBytesUsed,
            "object_count",
            BackendQuota::getObjectCount,
            "orphan_bytes",
            BackendQuota::getOrphanBytes,
            "inflight_bytes",
            BackendQuota::getInflightBytes,
            "bytes_limit",
            quota -> unlimitedIfNone(quota.getBytesLimit()),
            "bytes_available",
            BackendRoutes::available,
            "utilization",
            quota -> SortOrder.ordered(quota.getUtilization()));

    private final TallyResponses responses;

    public BackendRoutes(TallyResponses responses) {
        this.responses = responses;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/backends", this::list);
        routes.get("/api/backends/{" + NAME + "}", context -> single(context, context.pathParam(NAME)));
        // A path parameter is never empty.
        routes.get("/api/backends/", context -> single(context, ""));
    }

    private void list(Context context) {
        NamedPage<BackendQuota> page = NamedPage.of(context, FIGURES);
        responses.respond(context, tallies -> page.of(tallies.backends(), BackendRoutes::backend));
    }

    private void single(Context context, String name) {
        responses.respond(context, tallies -> {
            BackendQuota quota = tallies.backends().get(name);
            if (quota == null) {
                throw new Problem(HttpStatus.NOT_FOUND, "there is no backend \"" + name + "\"");
            }
            ObjectNode backend = backend(name, quota);
            ArrayNode usage = backend.putArray("usage");
            tallies.usage(name)
                    .forEach((period, used) -> usage.add(AvroJson.object(new BackendPeriodKey(name, period), used)));
            return backend;
        });
    }

    private static long unlimitedIfNone(long limit) {
        return limit == 0 ? Long.MAX_VALUE : limit;
    }

    /** The free bytes of a backend; without a limit more than any limit leaves. */
    private static long available(BackendQuota quota) {
        return quota.getBytesAvailable() == null ? Long.MAX_VALUE : quota.getBytesAvailable();
    }

    /** The tally of a backend. */
    public static ObjectNode backend(String name, BackendQuota quota) {
        return AvroJson.object(new BackendKey(name), quota);
    }
}
