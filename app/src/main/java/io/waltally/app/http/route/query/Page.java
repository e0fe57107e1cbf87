package io.waltally.app.http.route.query;

import io.javalin.http.Context;
import io.waltally.app.http.server.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * One page of a list: a number of items after a key. A client that follows the cursor sees every item once that exists
 * throughout. The cursor contains the key, and is opaque to clients.
 */
public record Page<K>(Optional<K> after, int limit) {
    private static final String LIMIT = "limit";
    private static final String CURSOR = "cursor";
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    /** Precedes a name, so that the cursor of an empty name is not empty. */
    private static final String MARK = "after:";

    /** @throws Problem if limit or cursor is malformed */
    public static Page<String> ofNames(Context context) {
        return of(context, Page::name);
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
        if (limit.isEmpty() || limit.getAsLong() < 1 || limit.getAsLong() > MAX_LIMIT) {
            throw Problem.parameter(LIMIT, text, "must be a whole number from 1 to " + MAX_LIMIT);
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

    public static Problem noCursor(String text) {
        return Problem.parameter(CURSOR, text, "must be what this list gave as next");
    }

    static String cursor(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString((MARK + name).getBytes(StandardCharsets.UTF_8));
    }
}
