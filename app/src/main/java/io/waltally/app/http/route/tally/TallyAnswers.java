package io.waltally.app.http.route.tally;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.http.route.query.MinLsn;
import io.waltally.app.http.server.JsonAnswer;
import io.waltally.app.tally.AsOf;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Answers requests for tallies. Each answer says as of which LSN it is complete: that is read before the values, so the
 * values are at least as recent. A request with an LSN waits until the tallies have reached it.
 */
public final class TallyAnswers {
    static final String AS_OF = "as_of";

    private final Optional<TallyQueries> tallies;
    private final MinLsnWaiter waits;

    /** @param tallies empty if this instance does not run the topologies */
    public TallyAnswers(Optional<TallyQueries> tallies, MinLsnWaiter waits) {
        this.tallies = tallies;
        this.waits = waits;
    }

    TallyQueries tallies() {
        return tallies.orElseThrow(() -> new TallyQueries.TalliesUnavailableException(
                "this instance does not run the topologies (role streams); ask one that does"));
    }

    /** Answers from the tallies of all backends and buckets. */
    void answer(Context context, Function<TallyQueries, ObjectNode> values) {
        answer(context, TallyQueries::asOf, values);
    }

    /** Answers from the tallies of a user of this instance. */
    void answer(Context context, long userId, Function<TallyQueries, ObjectNode> values) {
        answer(context, queries -> queries.asOf(userId), values);
    }

    private void answer(
            Context context, Function<TallyQueries, Optional<AsOf>> asOf, Function<TallyQueries, ObjectNode> values) {
        CompletableFuture<ObjectNode> document = document(context, asOf, values);
        if (document.isDone() && !document.isCompletedExceptionally()) {
            JsonAnswer.write(context, document.join());
        } else {
            context.future(() -> document.thenAccept(found -> JsonAnswer.write(context, found)));
        }
    }

    /** The answer about the users of some partitions of this instance. */
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
