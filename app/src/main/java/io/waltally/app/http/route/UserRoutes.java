package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.Problem;
import io.waltally.app.tally.AvroJson;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Routes of users: collections and storage, from whichever instance has them. */
public final class UserRoutes {
    private final TallyAnswers answers;
    private final Peers peers;

    public UserRoutes(TallyAnswers answers, Peers peers) {
        this.answers = answers;
        this.peers = peers;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/users/{id}/collections", this::collections);
        routes.get("/api/users/{id}/storage", this::storage);
    }

    private void collections(Context context) {
        long user = userId(context);
        Page<Integer> page = Page.ofIds(context);
        answer(context, user, tallies -> {
            ObjectNode list = page.of(
                    tallies.collections(user),
                    (collection, tally) -> AvroJson.object(new UserCollectionKey(user, collection), tally));
            list.set("totals", tallies.storage(user).map(AvroJson::object).orElse(null));
            return list;
        });
    }

    private void storage(Context context) {
        long user = userId(context);
        answer(
                context,
                user,
                tallies -> tallies.storage(user)
                        .map(storage -> AvroJson.object(new UserKey(user), storage))
                        .orElseThrow(() -> new Problem(HttpStatus.NOT_FOUND, "user " + user + " has no storage")));
    }

    private void answer(Context context, long user, Function<TallyQueries, ObjectNode> values) {
        Duration allowed = MinLsn.of(context).map(MinLsn::timeout).orElse(Duration.ZERO);
        Optional<URI> owner = answers.tallies().elsewhere(user);
        if (owner.isPresent()) {
            peers.ask(context, owner.get(), allowed);
        } else {
            answers.answer(context, user, values);
        }
    }

    private static long userId(Context context) {
        String text = context.pathParam("id");
        return WholeNumber.parse(text).orElseThrow(() -> Problem.parameter("user id", text, "must be a whole number"));
    }
}
