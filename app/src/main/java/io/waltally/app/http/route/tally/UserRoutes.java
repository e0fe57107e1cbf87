package io.waltally.app.http.route.tally;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.route.query.IdPage;
import io.waltally.app.http.route.query.MinLsn;
import io.waltally.app.http.route.query.WholeNumber;
import io.waltally.app.http.server.DocumentedRoutes;
import io.waltally.app.http.server.JsonResponse;
import io.waltally.app.http.server.Problem;
import io.waltally.app.tally.AvroJson;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Routes of users: collections and storage, from whichever instance has them. */
public final class UserRoutes {
    private static final Map<String, ToLongFunction<UserCollection>> FIGURES = Map.of(
            "count",
            UserCollection::getCount,
            "total_bytes",
            UserCollection::getTotalBytes,
            "modified",
            tally -> ChronoUnit.MICROS.between(Instant.EPOCH, tally.getModified()));

    private final TallyResponses responses;
    private final Peers peers;

    private final Executor threads;

    /** @param threads that put lists together */
    public UserRoutes(TallyResponses responses, Peers peers, Executor threads) {
        this.responses = responses;
        this.peers = peers;
        this.threads = threads;
    }

    public void addTo(DocumentedRoutes routes) {
        routes.get("/api/users", this::list);
        routes.get("/api/users/{id}/collections", this::collections);
        routes.get("/api/users/{id}/storage", this::storage);
    }

    private void list(Context context) {
        UserPage page = UserPage.of(context);
        Map<Optional<URI>, Set<Integer>> owners = Peers.partitionsAskedFor(context)
                .map(asked -> Map.of(Optional.<URI>empty(), asked))
                .orElseGet(responses.tallies()::userPartitions);
        Duration allowed = allowed(context);
        List<CompletableFuture<ObjectNode>> parts = new ArrayList<>();
        owners.forEach((owner, partitions) ->
                owner.ifPresent(other -> parts.add(peers.ask(context, other, partitions, allowed))));
        Optional.ofNullable(owners.get(Optional.<URI>empty()))
                .ifPresent(here -> parts.add(responses.document(context, here, tallies -> page.part(tallies, here))));
        context.future(() -> CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .thenAcceptAsync(
                        all -> JsonResponse.write(
                                context,
                                page.of(parts.stream()
                                        .map(CompletableFuture::join)
                                        .toList())),
                        threads));
    }

    private static Duration allowed(Context context) {
        return MinLsn.of(context).map(MinLsn::timeout).orElse(Duration.ZERO);
    }

    private void collections(Context context) {
        long user = userId(context);
        IdPage<UserCollection> page = IdPage.of(context, "collection_id", FIGURES);
        respond(context, user, tallies -> {
            ObjectNode list = page.of(
                    tallies.collections(user),
                    tally -> Optional.ofNullable(tally.getCollection()),
                    (collection, tally) -> collection(new UserCollectionKey(user, collection), tally));
            list.set("totals", tallies.storage(user).map(AvroJson::object).orElse(null));
            return list;
        });
    }

    private void storage(Context context) {
        long user = userId(context);
        respond(
                context,
                user,
                tallies -> tallies.storage(user)
                        .map(storage -> user(new UserKey(user), storage))
                        .orElseThrow(() -> new Problem(HttpStatus.NOT_FOUND, "user " + user + " has no storage")));
    }

    private void respond(Context context, long user, Function<TallyQueries, ObjectNode> values) {
        Duration allowed = allowed(context);
        Optional<URI> owner = responses.tallies().elsewhere(user);
        if (owner.isPresent()) {
            peers.ask(context, owner.get(), allowed);
        } else {
            responses.respond(context, user, values);
        }
    }

    /** The tally of a user. */
    public static ObjectNode user(UserKey user, UserStorage storage) {
        return AvroJson.object(user, storage);
    }

    /** The tally of a collection. */
    public static ObjectNode collection(UserCollectionKey collection, UserCollection tally) {
        return AvroJson.object(collection, tally);
    }

    private static long userId(Context context) {
        String text = context.pathParam("id");
        return WholeNumber.parse(text).orElseThrow(() -> Problem.parameter("user id", text, "must be a whole number"));
    }
}
