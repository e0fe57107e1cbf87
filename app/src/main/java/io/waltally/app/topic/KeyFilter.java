package io.waltally.app.topic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.waltally.app.tally.Json;

/**
 * Accepts the keys that a text describes: a JSON object of some of their fields, or the value of one field, or the
 * whole key.
 */
public final class KeyFilter {
    private final String text;
    private final JsonNode fields;

    public KeyFilter(String text) {
        this.text = text;
        this.fields = fields(text);
    }

    private static JsonNode fields(String text) {
        try {
            JsonNode parsed = Json.parse(text);
            return parsed != null && parsed.isObject() ? parsed : MissingNode.getInstance();
        } catch (IllegalArgumentException e) {
            return MissingNode.getInstance();
        }
    }

    public boolean accepts(JsonNode key) {
        if (fields.isObject()) {
            return key.isObject() && hasAllFields(key);
        }
        if (!key.isObject()) {
            return key.asText().equals(text);
        }
        for (JsonNode field : key) {
            if (field.isValueNode() && field.asText().equals(text)) {
                return true;
            }
        }
        return false;
    }

    /** Compares texts, because a user types 7 and "7" alike. */
    private boolean hasAllFields(JsonNode key) {
        return fields.properties().stream().allMatch(wanted -> {
            JsonNode actual = key.path(wanted.getKey());
            return actual.isValueNode()
                    && actual.asText().equals(wanted.getValue().asText());
        });
    }
}
