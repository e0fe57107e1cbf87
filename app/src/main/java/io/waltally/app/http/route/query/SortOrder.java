package io.waltally.app.http.route.query;

import io.javalin.http.Context;
import io.waltally.app.http.server.Problem;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * The order of a list by a figure of its items, and by name among equals.
 *
 * @param figure of an item
 */
record SortOrder<V>(ToDoubleFunction<V> figure, boolean descending) {
    private static final String SORT = "sort";
    private static final String NAME = "name";

    /**
     * The order that a request asks for; empty if it is that of the names.
     *
     * @param figures by the name of their field
     * @throws Problem if there is no such field
     */
    static <V> Optional<SortOrder<V>> of(Context context, Map<String, ToDoubleFunction<V>> figures) {
        String text = context.queryParam(SORT);
        if (text == null || text.equals(NAME)) {
            return Optional.empty();
        }
        boolean descending = text.startsWith("-");
        ToDoubleFunction<V> figure = figures.get(descending ? text.substring(1) : text);
        if (figure == null) {
            throw Problem.parameter(
                    SORT,
                    text,
                    "must be " + NAME + ", or one of " + String.join(", ", new TreeSet<>(figures.keySet()))
                            + ", with a - before it for the largest first");
        }
        return Optional.of(new SortOrder<>(figure, descending));
    }

    /** The place of an item in the list. */
    record Place(double figure, String name) {}

    Place place(Map.Entry<String, V> item) {
        return new Place(figure.applyAsDouble(item.getValue()), item.getKey());
    }

    Comparator<Place> places() {
        Comparator<Place> byFigure = Comparator.comparingDouble(Place::figure);
        return (descending ? byFigure.reversed() : byFigure).thenComparing(Place::name);
    }
}
