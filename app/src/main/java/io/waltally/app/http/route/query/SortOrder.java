package io.waltally.app.http.route.query;

import io.javalin.http.Context;
import io.waltally.app.http.server.Problem;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * The order of a list by a figure of its items, and by key among equals.
 *
 * @param figure of an item; see {@link #ordered}
 */
public record SortOrder<V>(ToLongFunction<V> figure, boolean descending) {
    private static final String SORT = "sort";

    /**
     * The order that a request asks for; empty if it is that of the keys.
     *
     * @param key name of that order
     * @param figures by the name of their field
     * @throws Problem if there is no such field
     */
    static <V> Optional<SortOrder<V>> of(Context context, String key, Map<String, ToLongFunction<V>> figures) {
        String text = context.queryParam(SORT);
        if (text == null || text.equals(key)) {
            return Optional.empty();
        }
        boolean descending = text.startsWith("-");
        ToLongFunction<V> figure = figures.get(descending ? text.substring(1) : text);
        if (figure == null) {
            throw Problem.parameter(
                    SORT,
                    text,
                    "must be " + key + ", or one of " + String.join(", ", new TreeSet<>(figures.keySet()))
                            + ", with a - before it for the largest first");
        }
        return Optional.of(new SortOrder<>(figure, descending));
    }

    /** A whole number for each number, in the same order. */
    public static long ordered(double number) {
        // There are two zeros.
        long bits = Double.doubleToLongBits(number + 0.0);
        return bits < 0 ? bits ^ Long.MAX_VALUE : bits;
    }

    /** The place of an item in the list. */
    record Place<K extends Comparable<? super K>>(long figure, K key) {}

    long figureOf(V item) {
        return figure.applyAsLong(item);
    }

    <K extends Comparable<? super K>> Place<K> place(Map.Entry<K, V> item) {
        return new Place<>(figureOf(item.getValue()), item.getKey());
    }

    private <K extends Comparable<? super K>> Comparator<Place<K>> places() {
        Comparator<Place<K>> byFigure = Comparator.comparingLong(Place::figure);
        return (descending ? byFigure.reversed() : byFigure).thenComparing(Place::key);
    }

    /**
     * The first of some items in this order.
     *
     * @param after the place behind which they begin; empty: all
     */
    <K extends Comparable<? super K>> List<Map.Entry<K, V>> first(
            Stream<Map.Entry<K, V>> items, Optional<Place<K>> after, int limit) {
        Comparator<Place<K>> places = places();
        // The last one of those found so far is the first to go.
        PriorityQueue<Map.Entry<Place<K>, Map.Entry<K, V>>> best =
                new PriorityQueue<>(Map.Entry.comparingByKey(places.reversed()));
        items.forEach(item -> {
            Place<K> place = place(item);
            if (after.isEmpty() || places.compare(place, after.get()) > 0) {
                best.add(Map.entry(place, item));
                if (best.size() > limit) {
                    best.remove();
                }
            }
        });
        return best.stream()
                .sorted(Map.Entry.comparingByKey(places))
                .map(Map.Entry::getValue)
                .toList();
    }
}
