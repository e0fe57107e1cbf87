package io.waltally.app.http.route.query;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.http.server.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * One page of a list of named items: those whose names have a prefix, by name or by a figure. By name, a client that
 * follows the cursor sees every item once that exists throughout; by a figure, one whose figure does not change.
 */
public final class NamedPage<V> {
    private static final String PREFIX = "prefix";
    private static final String NAME = "name";

    /** Between the name of the last item and its figure. No name in PostgreSQL has it. */
    private static final char SEPARATOR = '\0';

    private final Page<String> page;
    private final String prefix;
    private final Optional<SortOrder<V>> order;

    private NamedPage(Page<String> page, String prefix, Optional<SortOrder<V>> order) {
        this.page = page;
        this.prefix = prefix;
        this.order = order;
    }

    /**
     * @param figures by which the list can be sorted
     * @throws Problem if a parameter is malformed
     */
    public static <V> NamedPage<V> of(Context context, Map<String, ToLongFunction<V>> figures) {
        return new NamedPage<>(
                Page.ofNames(context),
                Optional.ofNullable(context.queryParam(PREFIX)).orElse(""),
                SortOrder.of(context, NAME, figures));
    }

    /** Whether it is the first page of the whole list. */
    public boolean isFirstUnfiltered() {
        return page.after().isEmpty() && prefix.isEmpty();
    }

    public ObjectNode of(NavigableMap<String, V> list, BiFunction<String, V, ObjectNode> form) {
        return order.map(by -> sorted(list, by, form)).orElseGet(() -> byName(list, form));
    }

    private ObjectNode byName(NavigableMap<String, V> list, BiFunction<String, V, ObjectNode> form) {
        List<Map.Entry<String, V>> found = new ArrayList<>();
        Optional<String> after = page.after().map(NamedPage::name).filter(name -> name.compareTo(prefix) >= 0);
        NavigableMap<String, V> rest =
                after.map(name -> list.tailMap(name, false)).orElse(list.tailMap(prefix, true));
        for (Map.Entry<String, V> entry : rest.entrySet()) {
            if (!entry.getKey().startsWith(prefix) || found.size() > page.limit()) {
                break;
            }
            found.add(entry);
        }
        return document(found, form, Map.Entry::getKey);
    }

    private ObjectNode sorted(NavigableMap<String, V> list, SortOrder<V> by, BiFunction<String, V, ObjectNode> form) {
        Optional<SortOrder.Place<String>> after = page.after().flatMap(cursor -> place(cursor, list, by));
        List<Map.Entry<String, V>> found = by.first(
                list.tailMap(prefix, true).entrySet().stream()
                        .takeWhile(entry -> entry.getKey().startsWith(prefix)),
                after,
                page.limit() + 1);
        return document(found, form, entry -> entry.getKey() + SEPARATOR + by.figureOf(entry.getValue()));
    }

    private ObjectNode document(
            List<Map.Entry<String, V>> found,
            BiFunction<String, V, ObjectNode> form,
            Function<Map.Entry<String, V>, String> cursor) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        document.putNull("next");
        List<Map.Entry<String, V>> shown = found.subList(0, Math.min(found.size(), page.limit()));
        shown.forEach(entry -> items.add(form.apply(entry.getKey(), entry.getValue())));
        if (found.size() > shown.size()) {
            document.put("next", Page.cursor(cursor.apply(shown.get(shown.size() - 1))));
        }
        return document;
    }

    private static String name(String cursor) {
        int separator = cursor.lastIndexOf(SEPARATOR);
        return separator < 0 ? cursor : cursor.substring(0, separator);
    }

    /** The cursor of a list in another order has only a name; empty if there is none of that name any more. */
    private static <V> Optional<SortOrder.Place<String>> place(
            String cursor, NavigableMap<String, V> list, SortOrder<V> by) {
        String name = name(cursor);
        if (name.length() < cursor.length()) {
            try {
                return Optional.of(new SortOrder.Place<>(Long.parseLong(cursor.substring(name.length() + 1)), name));
            } catch (NumberFormatException e) {
                // A cursor that this list has not made.
            }
        }
        return Optional.ofNullable(list.get(name)).map(value -> by.place(Map.entry(name, value)));
    }
}
