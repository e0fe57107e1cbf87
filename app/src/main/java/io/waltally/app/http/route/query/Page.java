package io.waltally.app.http.route.query;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.waltally.app.http.server.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * One page of a list: a number of items after a key. A client that follows the cursor sees every item once that exists
 * throughout. The cursor contains the key, and is opaque to clients.
 */
public record Page<K>(Optional<K> after, int limit) {
    private static final String LIMIT = "limit";
    private static final String CURSOR = "cursor";
    private static final int DEFAULT_LIMIT = 100;
    private static final int LARGEST_LIMIT = 1_000;

    /** Precedes a name, so that the cursor of an empty name is not empty. */
    private static final String MARK = "after:";

    /** More digits than any id has. */
    private static final Pattern ID = Pattern.compile("-?[0-9]{1,10}");

    /** @throws Problem if limit or cursor is malformed */
    public static Page<String> ofNames(Context context) {
        return of(context, Page::name);
    }

    /** @throws Problem if limit or cursor is malformed */
    public static Page<Integer> ofIds(Context context) {
        return of(context, Page::id);
    }

    /**
     * @param key of a cursor
     * @throws Problem if limit or cursor is malformed
     */
    public static <K> Page<K> of(Context context, Function<String, K> key) {
        return new Page<>(
                Optional.ofNullable(context.queryParam(CURSOR)).map(key),
                Optional.ofNullable(context.queryParam(LIMIT)).map(Page::limit).orElse(DEFAULT_LIMIT));
    }

    private static int limit(String text) {
        OptionalLong limit = WholeNumber.parse(text);
        if (limit.isEmpty() || limit.getAsLong() < 1 || limit.getAsLong() > LARGEST_LIMIT) {
            throw Problem.parameter(LIMIT, text, "must be a whole number from 1 to " + LARGEST_LIMIT);
        }
        return (int) limit.getAsLong();
    }

    private static String name(String cursor) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (text.startsWith(MARK)) {
                return text.substring(MARK.length());
            }
        } catch (IllegalArgumentException e) {
            // Falls through: the same answer as for a text without the mark.
        }
        throw noCursor(cursor);
    }

    private static Integer id(String cursor) {
        if (!ID.matcher(cursor).matches()) {
            throw noCursor(cursor);
        }
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, Long.parseLong(cursor)));
    }

    public static Problem noCursor(String text) {
        return Problem.parameter(CURSOR, text, "must be what this list gave as next");
    }

    static String cursor(Object key) {
        return key instanceof Integer id
                ? id.toString()
                : Base64.getUrlEncoder().withoutPadding().encodeToString((MARK + key).getBytes(StandardCharsets.UTF_8));
    }

    /** The items of this page, and the cursor of the next one. */
    public <V> ObjectNode of(NavigableMap<K, V> list, BiFunction<K, V, ObjectNode> form) {
        ObjectNode page = JsonNodeFactory.instance.objectNode();
        ArrayNode items = page.putArray("items");
        page.putNull("next");
        K last = null;
        for (Map.Entry<K, V> entry :
                after.map(key -> list.tailMap(key, false)).orElse(list).entrySet()) {
            if (items.size() == limit) {
                page.put("next", cursor(last));
                break;
            }
            last = entry.getKey();
            items.add(form.apply(last, entry.getValue()));
        }
        return page;
    }
}
