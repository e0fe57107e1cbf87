package io.waltally.app.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.tally.AvroJson;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;

/** Storage of buckets, one by one and in total. */
final class BucketRoutes {
    private static final String NAME = "name";

    private final TallyAnswers answers;

    BucketRoutes(TallyAnswers answers) {
        this.answers = answers;
    }

    void addTo(DocumentedRoutes routes) {
        routes.get("/api/buckets", this::list);
        routes.get("/api/buckets/{" + NAME + "}", context -> single(context, context.pathParam(NAME)));
        // What the path above is for the bucket of objects whose key has no "/": no path parameter is ever empty.
        routes.get("/api/buckets/", context -> single(context, ""));
    }

    private void list(Context context) {
        Page<String> page = Page.ofNames(context);
        answers.answer(context, tallies -> {
            ObjectNode list = page.of(tallies.buckets(), BucketRoutes::bucket);
            if (page.after().isEmpty()) {
                Totals totals = new Totals(BucketUsage.getClassSchema());
                tallies.buckets().values().forEach(totals::add);
                list.set("totals", totals.json());
            }
            return list;
        });
    }

    private void single(Context context, String name) {
        answers.answer(context, tallies -> {
            BucketUsage usage = tallies.buckets().get(name);
            if (usage == null) {
                throw new Problem(HttpStatus.NOT_FOUND, "there is no bucket \"" + name + "\"");
            }
            return bucket(name, usage);
        });
    }

    private static ObjectNode bucket(String name, BucketUsage usage) {
        return AvroJson.object(new BucketKey(name), usage);
    }
}
