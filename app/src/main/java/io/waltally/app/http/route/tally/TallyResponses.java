package io.waltally.app.http.route.tally;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.http.route.query.MinLsn;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.app.tally.AsOf;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Responds to requests for tallies. Each response names the LSN up to which it is complete, which is read before the
 * values, so the values are at least as recent. A request with an LSN waits until the tallies have reached it.
 */
public final class TallyResponses {
    static final String AS_OF = "as_of";

    private final Optional<TallyQueries> tallies;
    private final MinLsnWaiter waits;

    /** @param tallies empty if this instance does not run the topologies */
    public TallyResponses(Optional<TallyQueries> tallies, MinLsnWaiter waits) {
        this.tallies = tallies;
        this.waits = waits;
    }

    TallyQueries tallies() {
        return tallies.orElseThrow(() -> new TallyQueries.TalliesUnavailableException(
                "this instance does not run the topologies (role streams); ask one that does"));
    }

    /** Responds with tallies of all backends and buckets. */
    void respond(Context context, Function<TallyQueries, ObjectNode> values) {
        respond(context, TallyQueries::asOf, values);
    }

    /** Responds with tallies of a user of this instance. */
    void respond(Context context, long userId, Function<TallyQueries, ObjectNode> values) {
        respond(context, queries -> queries.asOf(userId), values);
    }

    private void respond(
            Context context, Function<TallyQueries, Optional<AsOf>> asOf, Function<TallyQueries, ObjectNode> values) {
        CompletableFuture<ObjectNode> document = document(context, asOf, values);
        if (document.isDone() && !document.isCompletedExceptionally()) {
            JsonResponse.write(context, document.join());
        } else {
            context.future(() -> document.thenAccept(found -> JsonResponse.write(context, found)));
        }
    }

    /** The response about the users of some partitions of this instance. */
    CompletableFuture<ObjectNode> document(
            Context context, Set<Integer> userPartitions, Function<TallyQueries, ObjectNode> values) {
        return document(context, queries -> queries.asOf(userPartitions), values);
    }

    private CompletableFuture<ObjectNode> document(
            Context context, Function<TallyQueries, Optional<AsOf>> asOf, Function<TallyQueries, ObjectNode> values) {
        TallyQueries queries = tallies();
        Supplier<ObjectNode> document = () -> {
            Optional<AsOf> before = asOf.apply(queries);
            ObjectNode found = values.apply(queries);
            found.set(AS_OF, json(before));
            return found;
        };
        return MinLsn.of(context)
                .map(wanted -> waits.until(wanted, () -> asOf.apply(queries)).thenApply(reached -> document.get()))
                .orElseGet(() -> CompletableFuture.completedFuture(document.get()));
    }

    /** The completed positions by source; without those that are unknown. */
    static ObjectNode json(Optional<AsOf> asOf) {
        ObjectNode sources = JsonNodeFactory.instance.objectNode();
        asOf.ifPresent(known -> sources.putObject(known.source().id())
                .put("lsn", known.lsn().toString())
                .put("epoch", known.epoch()));
        return sources;
    }
}
