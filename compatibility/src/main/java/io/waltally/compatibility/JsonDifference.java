package io.waltally.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;

/** The first difference of two JSON documents, with the path to it. */
public final class JsonDifference {
    private JsonDifference() {}

    /** Empty if both are equal. */
    public static Optional<String> between(JsonNode recorded, JsonNode today) {
        return compare("", recorded, today, false);
    }

    /** Empty if they are equal but for fields that objects have today and had not when they were recorded. */
    public static Optional<String> ignoringAdditions(JsonNode recorded, JsonNode today) {
        return compare("", recorded, today, true);
    }

    private static Optional<String> compare(String path, JsonNode recorded, JsonNode today, boolean additions) {
        if (recorded.isObject() && today.isObject()) {
            return compareFields(path, recorded, today, additions);
        }
        if (recorded.isArray() && today.isArray() && recorded.size() == today.size()) {
            for (int i = 0; i < recorded.size(); i++) {
                Optional<String> difference = compare(path + "[" + i + "]", recorded.get(i), today.get(i), additions);
                if (difference.isPresent()) {
                    return difference;
                }
            }
            return Optional.empty();
        }
        return recorded.equals(today) ? Optional.empty() : difference(path, recorded.toString(), today.toString());
    }

    private static Optional<String> compareFields(String path, JsonNode recorded, JsonNode today, boolean additions) {
        for (Map.Entry<String, JsonNode> field : recorded.properties()) {
            String below = path + "/" + field.getKey();
            JsonNode other = today.get(field.getKey());
            Optional<String> difference = other == null
                    ? difference(below, field.getValue().toString(), "nothing")
                    : compare(below, field.getValue(), other, additions);
            if (difference.isPresent()) {
                return difference;
            }
        }
        if (!additions) {
            for (Map.Entry<String, JsonNode> field : today.properties()) {
                if (!recorded.has(field.getKey())) {
                    return difference(
                            path + "/" + field.getKey(),
                            "nothing",
                            field.getValue().toString());
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> difference(String path, String recorded, String today) {
        return Optional.of((path.isEmpty() ? "" : path + ": ") + "recorded " + recorded + ", today " + today);
    }
}
