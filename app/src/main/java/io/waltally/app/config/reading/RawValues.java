package io.waltally.app.config.reading;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The configured values by key, each from the layer with the highest precedence. Environment variables are matched to
 * keys on first access.
 */
final class RawValues {
    private final NavigableMap<String, RawValue> values = new TreeMap<>();

    /** Also of discarded values. */
    private final Map<String, Origin> origins = new HashMap<>();

    private final EnvironmentVariables variables;

    RawValues(Collection<Map<String, RawValue>> layers, EnvironmentVariables variables) {
        this.variables = variables;
        layers.forEach(layer -> layer.forEach(this::put));
    }

    private void put(String key, RawValue value) {
        RawValue winner =
                values.merge(key, value, (before, other) -> other.origin().overrides(before.origin()) ? other : before);
        origins.put(key, winner.origin());
    }

    Optional<RawValue> find(String key) {
        variables.take(key).ifPresent(value -> put(key, value));
        return Optional.ofNullable(values.get(key));
    }

    /** Whether the key, or a key in it, has a value or variable. */
    boolean has(String key) {
        return hasValue(key) || variables.has(key);
    }

    /** Like {@link #has}, without variables whose key was not asked for. */
    boolean hasValue(String key) {
        return values.keySet().stream().anyMatch(name -> Keys.within(key, name));
    }

    /** A list of texts: its elements have keys of their own, or it is one text with commas. */
    Optional<RawList> list(String key) {
        Optional<RawValue> text = find(key);
        List<RawValue> elements = itemsOf(key).map(values::get).toList();
        boolean isText = text.isPresent()
                && elements.stream()
                        .noneMatch(
                                element -> element.origin().overrides(text.get().origin()));
        if (isText) {
            return text.map(given -> new RawList(split(given.text()), given.text(), given.origin()));
        }
        List<String> texts = elements.stream().map(RawValue::text).toList();
        return elements.stream().findFirst().map(first -> new RawList(texts, String.join(", ", texts), first.origin()));
    }

    private static List<String> split(String text) {
        return text.isBlank()
                ? List.of()
                : Pattern.compile(",").splitAsStream(text).map(String::strip).toList();
    }

    /** The keys of the elements of a list of texts. */
    Stream<String> itemsOf(String key) {
        List<String> items = new ArrayList<>();
        for (String item = Keys.item(key, 0); find(item).isPresent(); item = Keys.item(key, items.size())) {
            items.add(item);
        }
        return items.stream();
    }

    /**
     * The values in a section, by key.
     *
     * @param named the rest of a key by the rest of a variable's name, for keys that have no other value
     */
    Map<String, RawValue> below(String section, UnaryOperator<String> named) {
        variables.takeBelow(section).forEach((rest, value) -> put(keyOf(section, rest, named), value));
        Map<String, RawValue> below = new TreeMap<>();
        keysBelow(section).forEach(key -> below.put(key, values.get(key)));
        return below;
    }

    private String keyOf(String section, String variableRest, UnaryOperator<String> named) {
        return keysBelow(section)
                .filter(key ->
                        Keys.variablePart(key.substring(section.length() + 1)).equals(variableRest))
                .findFirst()
                .orElse(section + "." + named.apply(variableRest));
    }

    private Stream<String> keysBelow(String section) {
        return values.keySet().stream().filter(key -> key.startsWith(section + "."));
    }

    /** The names directly below a section, without those of variables whose key was not asked for. */
    Set<String> names(String section) {
        Set<String> names = new TreeSet<>();
        keysBelow(section)
                .forEach(key -> names.add(key.substring(section.length() + 1).replaceFirst("[.\\[].*", "")));
        return names;
    }

    /** The origin of the key or, if it is missing, of the innermost section that is given. */
    Origin origin(String key) {
        for (Optional<String> at = Optional.of(key); at.isPresent(); at = at.flatMap(Keys::parent)) {
            String section = at.get();
            Optional<Origin> first = origins.entrySet().stream()
                    .filter(entry -> Keys.within(section, entry.getKey()))
                    .map(Map.Entry::getValue)
                    .min(Comparator.comparing(Origin::layer).thenComparing(Origin::line));
            if (first.isPresent()) {
                return first.get();
            }
        }
        return Origin.DEFAULT;
    }

    /** Removes the key and what is in it; returns whether there was something. */
    boolean discard(String key) {
        return values.keySet().removeIf(name -> Keys.within(key, name));
    }

    Map<String, RawValue> all() {
        return Map.copyOf(values);
    }

    /** Variables whose key was not asked for. */
    Set<String> otherVariables() {
        return variables.rest();
    }
}
