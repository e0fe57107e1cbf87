package io.waltally.app.http.route.tally;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.http.route.query.IdPrefix;
import io.waltally.app.http.route.query.Page;
import io.waltally.app.http.server.Problem;
import io.waltally.pipeline.view.IdRange;
import io.waltally.pipeline.view.ListedUser;
import io.waltally.pipeline.view.UserOrder;
import io.waltally.pipeline.view.UserSelection;
import io.waltally.pipeline.view.UserSortKey;
import io.waltally.pipeline.view.UserTotals;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.agg.UserKey;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One page of the list of users: those whose ids begin with certain digits, by id or the largest first. Instances make
 * parts of it, each of its own users; one puts them together.
 */
final class UserPage {
    private static final String PREFIX = "prefix";
    private static final String SORT = "sort";
    private static final String ID = "id";
    private static final String LARGEST = "-total_bytes";
    private static final String ITEMS = "items";
    private static final String NEXT = "next";
    private static final String TOTALS = "totals";
    private static final String USERS = "users";
    private static final String USER_ID = "user_id";
    private static final String TOTAL_BYTES = "total_bytes";
    private static final String DEGRADED = "degraded";

    /** The bytes and the id of the last user: it serves both orders. */
    private static final Pattern CURSOR = Pattern.compile("(-?[0-9]{1,19})_(-?[0-9]{1,19})");

    private final Page<UserSortKey> page;
    private final String prefix;
    private final UserOrder order;

    private UserPage(Page<UserSortKey> page, String prefix, UserOrder order) {
        this.page = page;
        this.prefix = prefix;
        this.order = order;
    }

    /** @throws Problem if a parameter is malformed */
    static UserPage of(Context context) {
        String prefix = Optional.ofNullable(context.queryParam(PREFIX)).orElse("");
        if (!IdPrefix.isOne(prefix)) {
            throw Problem.parameter(PREFIX, prefix, "must be the beginning of a whole number");
        }
        return new UserPage(Page.of(context, UserPage::place), prefix, order(context));
    }

    private static UserOrder order(Context context) {
        String sort = Optional.ofNullable(context.queryParam(SORT)).orElse(ID);
        return switch (sort) {
            case ID -> UserOrder.ID;
            case LARGEST -> UserOrder.STORAGE;
            default ->
                throw Problem.parameter(SORT, sort, "must be " + ID + ", or " + LARGEST + " for the largest first");
        };
    }

    private static UserSortKey place(String cursor) {
        Matcher parts = CURSOR.matcher(cursor);
        if (!parts.matches()) {
            throw Page.noCursor(cursor);
        }
        return new UserSortKey(nearest(parts.group(1)), nearest(parts.group(2)));
    }

    private static long nearest(String number) {
        return Totals.nearest(new BigInteger(number));
    }

    private static String cursor(UserSortKey place) {
        return place.totalBytes() + "_" + place.userId();
    }

    /** The part of this page that comes from some partitions of this instance. */
    ObjectNode part(TallyQueries tallies, Set<Integer> partitions) {
        List<IdRange> ids = IdPrefix.ranges(prefix);
        List<ListedUser> users =
                tallies.users(partitions, new UserSelection(order, ids, page.after()), page.limit() + 1);
        ObjectNode part = JsonNodeFactory.instance.objectNode();
        ArrayNode items = part.putArray(ITEMS);
        users.forEach(user -> items.add(UserRoutes.user(new UserKey(user.userId()), user.storage())));
        part.putNull(NEXT);
        if (page.after().isEmpty() && prefix.isEmpty()) {
            UserTotals totals = tallies.userTotals(partitions);
            part.putObject(TOTALS)
                    .put(USERS, totals.users())
                    .put(TOTAL_BYTES, totals.totalBytes())
                    .put(DEGRADED, totals.degraded());
        }
        return part;
    }

    /** The page of all parts: their first users, and as of the position that all of them have reached. */
    ObjectNode of(List<ObjectNode> parts) {
        List<JsonNode> all = new ArrayList<>();
        parts.forEach(part -> part.path(ITEMS).forEach(all::add));
        all.sort(Comparator.comparing(UserPage::place, order.places()));
        List<JsonNode> shown = all.subList(0, Math.min(page.limit(), all.size()));
        boolean more = all.size() > shown.size()
                || parts.stream().anyMatch(part -> !part.path(NEXT).isNull());
        ObjectNode whole = JsonNodeFactory.instance.objectNode();
        whole.putArray(ITEMS).addAll(shown);
        whole.put(NEXT, more && !shown.isEmpty() ? cursor(place(shown.get(shown.size() - 1))) : null);
        if (parts.stream().allMatch(part -> part.has(TOTALS))) {
            UserTotals totals =
                    parts.stream().map(part -> totals(part.path(TOTALS))).reduce(UserTotals.NONE, UserTotals::plus);
            whole.putObject(TOTALS)
                    .put(USERS, totals.users())
                    .put(TOTAL_BYTES, Totals.nearest(totals.totalBytes()))
                    .put(DEGRADED, totals.degraded() || !Totals.fits(totals.totalBytes()));
        }
        whole.set(TallyResponses.AS_OF, earliest(parts));
        return whole;
    }

    private static UserTotals totals(JsonNode part) {
        return new UserTotals(
                part.path(USERS).asLong(),
                part.path(TOTAL_BYTES).bigIntegerValue(),
                part.path(DEGRADED).asBoolean());
    }

    private static UserSortKey place(JsonNode user) {
        return new UserSortKey(
                user.path(TOTAL_BYTES).asLong(), user.path(USER_ID).asLong());
    }

    /** Unknown if that of one part is. */
    private static JsonNode earliest(List<ObjectNode> parts) {
        Comparator<JsonNode> byPosition = Comparator.<JsonNode>comparingInt(
                        asOf -> asOf.path("epoch").asInt())
                .thenComparing(asOf -> Lsn.parse(asOf.path("lsn").asText()));
        JsonNode none = JsonNodeFactory.instance.objectNode();
        return parts.stream()
                .map(part -> part.path(TallyResponses.AS_OF))
                .reduce((one, other) -> {
                    Optional<Map.Entry<String, JsonNode>> first =
                            one.properties().stream().findFirst();
                    Optional<Map.Entry<String, JsonNode>> second =
                            other.properties().stream().findFirst();
                    if (first.isEmpty() || second.isEmpty()) {
                        return none;
                    }
                    return byPosition.compare(
                                            first.get().getValue(), second.get().getValue())
                                    <= 0
                            ? one
                            : other;
                })
                .orElse(none);
    }
}
