package io.waltally.app.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.tally.AsOf;
import java.util.Optional;
import java.util.function.Function;

/**
 * Answers from tallies. They say as of when they are complete: that is asked for first and the values are read then, so
 * that the values are at least as recent. Whoever asks for an LSN is answered once the tallies have reached it.
 */
final class TallyAnswers {
    static final String AS_OF = "as_of";

    private final Optional<TallyQueries> tallies;
    private final LsnWaits waits;

    /** @param tallies empty if this instance does not run the topologies */
    TallyAnswers(Optional<TallyQueries> tallies, LsnWaits waits) {
        this.tallies = tallies;
        this.waits = waits;
    }

    TallyQueries tallies() {
        return tallies.orElseThrow(() ->
                new TallyQueries.NotNow("this instance does not run the topologies (role streams); ask one that does"));
    }

    /** From the tallies of all backends and buckets. */
    void answer(Context context, Function<TallyQueries, ObjectNode> values) {
        answer(context, TallyQueries::asOf, values);
    }

    /** From the tallies of a user of this instance. */
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

    /** By source; without any while it is not known. */
    static ObjectNode json(Optional<AsOf> asOf) {
        ObjectNode sources = JsonNodeFactory.instance.objectNode();
        asOf.ifPresent(known -> sources.putObject(known.source().id())
                .put("lsn", known.lsn().toString())
                .put("epoch", known.epoch()));
        return sources;
    }
}
