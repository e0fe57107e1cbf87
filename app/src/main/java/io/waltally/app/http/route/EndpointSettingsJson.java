package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.server.Problem;
import io.waltally.app.tally.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Settings of an endpoint as a JSON object, in the form of the configuration file. */
final class EndpointSettingsJson {
    private static final String FORM = "the body must be a JSON object with settings of an endpoint, each once, such as"
            + " {\"url\": \"https://hooks.example.com/\"}";
    private static final String HEADERS = "headers";
    private static final Set<String> LISTS = Set.of("events", "secrets");
    private static final Set<String> NUMBERS =
            Set.of("max-attempts", "concurrency", "rate-limit", "batch-size", "batch-bytes");
    private static final Set<String> FLAGS = Set.of("allow-http", "allow-private");

    private EndpointSettingsJson() {}

    /**
     * The settings by dotted key; lists are joined by commas, null stands for the default.
     *
     * @throws Problem if the text has another form; the answer does not contain it
     */
    static Map<String, @Nullable String> of(String text) {
        JsonNode json;
        try {
            json = Json.parseStrictly(text);
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, FORM);
        }
        if (!json.isObject() || json.isEmpty()) {
            throw new Problem(HttpStatus.BAD_REQUEST, FORM);
        }
        Map<String, @Nullable String> settings = new LinkedHashMap<>();
        json.properties().forEach(property -> {
            String key = property.getKey();
            if (key.contains(".")) {
                throw new Problem(HttpStatus.BAD_REQUEST, "\"" + key + "\" is not a setting of an endpoint");
            }
            if (key.equals(HEADERS)) {
                addHeaders(property.getValue(), settings);
            } else {
                settings.put(key, text(key, property.getValue()));
            }
        });
        return settings;
    }

    private static void addHeaders(JsonNode headers, Map<String, @Nullable String> settings) {
        if (!headers.isObject()) {
            throw new Problem(HttpStatus.BAD_REQUEST, HEADERS + " must be an object of names and values");
        }
        headers.properties().forEach(header -> {
            String key = HEADERS + "." + header.getKey();
            settings.put(key, text(key, header.getValue()));
        });
    }

    /** The value as the configuration file has it: numbers and flags may be texts too. */
    private static @Nullable String text(String key, JsonNode value) {
        if (value.isNull()) {
            return null;
        }
        if (value.isArray() && LISTS.contains(key)) {
            return joined(key, value);
        }
        if (value.isTextual()
                || (value.isNumber() && NUMBERS.contains(key))
                || (value.isBoolean() && FLAGS.contains(key))) {
            return value.asText();
        }
        throw new Problem(
                HttpStatus.BAD_REQUEST,
                key + " must be " + (LISTS.contains(key) ? "a list of texts" : "a text")
                        + (NUMBERS.contains(key) ? " or a number" : FLAGS.contains(key) ? " or a boolean" : ""));
    }

    private static String joined(String key, JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(element -> {
                    if (!element.isTextual() || element.textValue().contains(",")) {
                        throw new Problem(
                                HttpStatus.BAD_REQUEST, key + " must be a list of texts, none of which has a comma");
                    }
                    return element.textValue();
                })
                .collect(Collectors.joining(","));
    }
}
