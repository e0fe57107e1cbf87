package io.waltally.app.http.route.query;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One page of a list of items with ids and names: those whose names have a prefix, by id or by a figure. By id, a client
 * that follows the cursor sees every item once that exists throughout; by a figure, one whose figure does not change.
 */
public final class IdPage<V> {
    private static final String PREFIX = "prefix";

    /** The id of the last item, and its figure if the list is sorted by one. */
    private static final Pattern CURSOR = Pattern.compile("(-?[0-9]{1,10})(?:_(-?[0-9]{1,19}))?");

    private final Page<Last> page;
    private final String prefix;
    private final Optional<SortOrder<V>> order;

    private record Last(int id, Optional<Long> figure) {}

    private IdPage(Page<Last> page, String prefix, Optional<SortOrder<V>> order) {
        this.page = page;
        this.prefix = prefix;
        this.order = order;
    }

    /**
     * @param id name of the field of the id
     * @param figures by which the list can be sorted
     * @throws io.waltally.app.http.server.Problem if a parameter is malformed
     */
    public static <V> IdPage<V> of(Context context, String id, Map<String, ToLongFunction<V>> figures) {
        return new IdPage<>(
                Page.of(context, IdPage::last),
                Optional.ofNullable(context.queryParam(PREFIX)).orElse(""),
                SortOrder.of(context, id, figures));
    }

    private static Last last(String cursor) {
        Matcher matcher = CURSOR.matcher(cursor);
        if (!matcher.matches()) {
            throw Page.noCursor(cursor);
        }
        return new Last(
                (int) nearest(matcher.group(1), Integer.MIN_VALUE, Integer.MAX_VALUE),
                Optional.ofNullable(matcher.group(2)).map(figure -> nearest(figure, Long.MIN_VALUE, Long.MAX_VALUE)));
    }

    private static long nearest(String number, long least, long most) {
        return new BigInteger(number)
                .max(BigInteger.valueOf(least))
                .min(BigInteger.valueOf(most))
                .longValueExact();
    }

    /** @param name of an item; one without a name has no prefix but the empty one */
    public ObjectNode of(
            NavigableMap<Integer, V> list,
            Function<V, Optional<String>> name,
            BiFunction<Integer, V, ObjectNode> form) {
        Predicate<Map.Entry<Integer, V>> wanted = item ->
                prefix.isEmpty() || name.apply(item.getValue()).orElse("").startsWith(prefix);
        List<Map.Entry<Integer, V>> found = order.map(by -> sorted(list, by, wanted))
                .orElseGet(
                        () -> rest(list).filter(wanted).limit(page.limit() + 1L).toList());
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        document.putNull("next");
        List<Map.Entry<Integer, V>> shown = found.subList(0, Math.min(found.size(), page.limit()));
        shown.forEach(item -> items.add(form.apply(item.getKey(), item.getValue())));
        if (found.size() > shown.size()) {
            document.put("next", cursor(shown.get(shown.size() - 1)));
        }
        return document;
    }

    private Stream<Map.Entry<Integer, V>> rest(NavigableMap<Integer, V> list) {
        return page.after().map(last -> list.tailMap(last.id(), false)).orElse(list).entrySet().stream();
    }

    private List<Map.Entry<Integer, V>> sorted(
            NavigableMap<Integer, V> list, SortOrder<V> by, Predicate<Map.Entry<Integer, V>> wanted) {
        Optional<SortOrder.Place<Integer>> after = page.after()
                .flatMap(last -> last.figure()
                        .or(() -> Optional.ofNullable(list.get(last.id())).map(by::figureOf))
                        .map(figure -> new SortOrder.Place<>(figure, last.id())));
        return by.first(list.entrySet().stream().filter(wanted), after, page.limit() + 1);
    }

    private String cursor(Map.Entry<Integer, V> last) {
        return last.getKey()
                + order.map(by -> "_" + by.figureOf(last.getValue())).orElse("");
    }
}
