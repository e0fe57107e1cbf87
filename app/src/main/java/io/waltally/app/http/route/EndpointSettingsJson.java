package io.waltally.app.http.route;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.HttpStatus;
import io.waltally.app.http.server.Problem;
import io.waltally.app.tally.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Settings of an endpoint as a JSON object, in the form of the configuration file. */
final class EndpointSettingsJson {
    private static final String FORM =
            "the body must be a JSON object with settings of an endpoint, such as {\"url\": \"https://hooks.example.com/\"}";

    private EndpointSettingsJson() {}

    /**
     * The settings by dotted key; lists are joined by commas, null stands for the default.
     *
     * @throws Problem if the text has another form; the answer does not contain it
     */
    static Map<String, @Nullable String> of(String text) {
        JsonNode json;
        try {
            json = Json.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, FORM);
        }
        if (!json.isObject() || json.isEmpty()) {
            throw new Problem(HttpStatus.BAD_REQUEST, FORM);
        }
        Map<String, @Nullable String> settings = new LinkedHashMap<>();
        add("", json, settings);
        return settings;
    }

    private static void add(String prefix, JsonNode object, Map<String, @Nullable String> settings) {
        object.properties().forEach(property -> {
            String key = prefix + property.getKey();
            JsonNode value = property.getValue();
            if (value.isObject()) {
                add(key + ".", value, settings);
            } else if (value.isArray()) {
                settings.put(key, joined(key, value));
            } else {
                settings.put(key, value.isNull() ? null : value.asText());
            }
        });
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
