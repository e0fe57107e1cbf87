package io.waltally.app.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Values by dotted key ({@code sources.s3.url}, {@code sources.s3.tables[0]}), as text. Every key that is read becomes
 * a known key; {@link #rejectUnknown} then reports all others.
 */
final class ConfigValues {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigValues.class);

    /** Old name to new name. The old one is accepted, with a warning. */
    static final Map<String, String> RENAMED = Map.of(
            "capture.idle-message-interval", "capture.heartbeat-interval",
            "capture.on-poison", "capture.on-unprocessable-change",
            "streams.max-poison-per-minute", "streams.max-unprocessable-per-minute",
            "streams.tell-interval", "streams.emit-interval");

    private final NavigableMap<String, String> values;
    private final Set<String> known = new TreeSet<>();

    /** @throws ConfigException if a key is given by its old and by its new name */
    ConfigValues(Map<String, String> values) {
        NavigableMap<String, String> byNewName = new TreeMap<>();
        values.forEach((key, value) -> {
            String name = RENAMED.getOrDefault(key, key);
            if (!name.equals(key)) {
                LOG.warn("{} is deprecated: its name is {} now", key, name);
            }
            if (byNewName.put(name, value) != null) {
                throw ConfigException.stated(name, name + " is given twice, also by its old name; remove the old one");
            }
        });
        this.values = Collections.unmodifiableNavigableMap(byNewName);
    }

    /** Whether the key, or a key below it, is given. */
    boolean given(String key) {
        return values.containsKey(key)
                || values.keySet().stream().anyMatch(name -> name.startsWith(key + ".") || name.startsWith(key + "["));
    }

    /** Accepts a section that is named but empty. */
    void section(String key) {
        if ("".equals(values.get(key))) {
            known.add(key);
        }
    }

    Optional<String> text(String key) {
        known.add(key);
        return Optional.ofNullable(values.get(key));
    }

    String text(String key, String otherwise) {
        return text(key).orElse(otherwise);
    }

    <T> Optional<T> parsed(String key, Function<String, T> parse) {
        return text(key).map(text -> {
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException e) {
                throw new ConfigException(key, text, e.getMessage());
            }
        });
    }

    int integer(String key, int otherwise) {
        return parsed(key, ConfigValues::parseInteger).orElse(otherwise);
    }

    private static int parseInteger(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number", e);
        }
    }

    double fraction(String key, double otherwise) {
        return parsed(key, ConfigValues::parseFraction).orElse(otherwise);
    }

    private static double parseFraction(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number", e);
        }
    }

    boolean flag(String key, boolean otherwise) {
        return parsed(key, ConfigValues::parseFlag).orElse(otherwise);
    }

    private static boolean parseFlag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        };
    }

    Duration duration(String key, Duration otherwise) {
        return parsed(key, DurationText::parse).orElse(otherwise);
    }

    ByteSize size(String key, ByteSize otherwise) {
        return parsed(key, ByteSize::parse).orElse(otherwise);
    }

    URI uri(String key, URI otherwise) {
        return parsed(key, ConfigValues::parseUri).orElse(otherwise);
    }

    private static URI parseUri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("must be a URL: " + e.getReason(), e);
        }
    }

    Secret secret(String key, Secret otherwise) {
        return text(key).map(Secret::new).orElse(otherwise);
    }

    /** A YAML list, or one text with commas, as flags and environment variables have it. */
    List<String> list(String key, List<String> otherwise) {
        Optional<String> text = text(key);
        if (text.isPresent()) {
            return text.get().isBlank()
                    ? List.of()
                    : Pattern.compile(",")
                            .splitAsStream(text.get())
                            .map(String::strip)
                            .toList();
        }
        List<String> items = new ArrayList<>();
        while (values.containsKey(key + "[" + items.size() + "]")) {
            items.add(text(key + "[" + items.size() + "]").orElseThrow());
        }
        return items.isEmpty() ? otherwise : items;
    }

    /** All values below a key, by the rest of their path; all of these keys count as known. */
    Map<String, String> below(String key) {
        Map<String, String> found = new TreeMap<>();
        values.tailMap(key + ".").forEach((name, value) -> {
            if (name.startsWith(key + ".")) {
                known.add(name);
                found.put(name.substring(key.length() + 1), value);
            }
        });
        return found;
    }

    /** The names directly below a key. */
    Set<String> names(String key) {
        Set<String> names = new TreeSet<>();
        for (String name : values.keySet()) {
            if (name.startsWith(key + ".")) {
                names.add(name.substring(key.length() + 1).replaceFirst("[.\\[].*", ""));
            }
        }
        return names;
    }

    /** The keys that were read so far. */
    Set<String> known() {
        return Collections.unmodifiableSet(known);
    }

    /** @throws ConfigException for the first unknown key */
    void rejectUnknown() {
        for (Map.Entry<String, String> entry : values.entrySet()) {
            String key = entry.getKey();
            if (known.contains(key)) {
                continue;
            }
            Set<String> below = new TreeSet<>();
            for (String name : known) {
                if (name.startsWith(key + ".")) {
                    below.add(name.substring(key.length() + 1));
                }
            }
            if (below.isEmpty()) {
                throw unknown(key, known);
            }
            if (!entry.getValue().isEmpty()) {
                throw new ConfigException(
                        key, entry.getValue(), "must be a section with some of " + String.join(", ", below));
            }
        }
    }

    static ConfigException unknown(String section, String name, Set<String> known) {
        return unknown(
                section + "." + name,
                known.stream().map(other -> section + "." + other).collect(Collectors.toSet()));
    }

    private static ConfigException unknown(String key, Set<String> known) {
        return ConfigException.stated(
                key,
                key + " is not a known key"
                        + Suggestions.nearest(key, known)
                                .map(name -> "; did you mean " + name + "?")
                                .orElse(""));
    }
}
