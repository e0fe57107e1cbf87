package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.http.server.JsonAnswer;
import io.waltally.app.tally.AsOf;
import java.util.Optional;
import java.util.function.Function;

/**
 * Answers requests for tallies. Each answer says as of which LSN it is complete: that is read before the values, so the
 * values are at least as recent. A request with an LSN waits until the tallies have reached it.
 */
public final class TallyAnswers {
    static final String AS_OF = "as_of";

    private final Optional<TallyQueries> tallies;
    private final LsnWaits waits;

    /** @param tallies empty if this instance does not run the topologies */
    public TallyAnswers(Optional<TallyQueries> tallies, LsnWaits waits) {
        this.tallies = tallies;
        this.waits = waits;
    }

    TallyQueries tallies() {
        return tallies.orElseThrow(() ->
                new TallyQueries.NotNow("this instance does not run the topologies (role streams); ask one that does"));
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
        TallyQueries queries = tallies();
        Runnable answer = () -> {
            Optional<AsOf> before = asOf.apply(queries);
            ObjectNode document = values.apply(queries);
            document.set(AS_OF, json(before));
            JsonAnswer.write(context, document);
        };
        MinLsn.of(context)
                .ifPresentOrElse(
                        wanted -> context.future(() ->
                                waits.until(wanted, () -> asOf.apply(queries)).thenRun(answer)),
                        answer);
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
