package io.waltally.app.http.route.tally;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.route.query.NamedPage;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.Problem;
import io.waltally.app.tally.AvroJson;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Routes of buckets: storage of each, and in total. */
public final class BucketRoutes {
    private static final String NAME = "name";

    private static final Map<String, ToLongFunction<BucketUsage>> FIGURES = Map.of(
            "logical_bytes",
            BucketUsage::getLogicalBytes,
            "stored_bytes",
            BucketUsage::getStoredBytes,
            "object_count",
            BucketUsage::getObjectCount,
            "copy_count",
            BucketUsage::getCopyCount,
            "under_replicated",
            BucketUsage::getUnderReplicated,
            "over_replicated",
            BucketUsage::getOverReplicated);

    private final TallyResponses responses;

    public BucketRoutes(TallyResponses responses) {
        this.responses = responses;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/buckets", this::list);
        routes.get("/api/buckets/{" + NAME + "}", context -> single(context, context.pathParam(NAME)));
        // The path of the bucket with the empty name, which holds objects without "/" in their key: a path parameter is
        // never empty.
        routes.get("/api/buckets/", context -> single(context, ""));
    }

    private void list(Context context) {
        NamedPage<BucketUsage> page = NamedPage.of(context, FIGURES);
        responses.respond(context, tallies -> {
            ObjectNode list = page.of(tallies.buckets(), BucketRoutes::bucket);
            if (page.isFirstUnfiltered()) {
                Totals totals = new Totals(BucketUsage.getClassSchema());
                tallies.buckets().values().forEach(totals::add);
                list.set("totals", totals.json());
            }
            return list;
        });
    }

    private void single(Context context, String name) {
        responses.respond(context, tallies -> {
            BucketUsage usage = tallies.buckets().get(name);
            if (usage == null) {
                throw new Problem(HttpStatus.NOT_FOUND, "there is no bucket \"" + name + "\"");
            }
            return bucket(name, usage);
        });
    }

    /** The tally of a bucket. */
    public static ObjectNode bucket(String name, BucketUsage usage) {
        return AvroJson.object(new BucketKey(name), usage);
    }
}
