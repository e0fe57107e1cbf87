package io.waltally.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Stores, topics, migrations and other objects that later versions find by name and expect unchanged.
 *
 * @param written the definition of each
 */
public record NamedForms(SortedMap<String, JsonNode> written, String remedy) implements Forms {
    public NamedForms {
        written = new TreeMap<>(written);
    }

    @Override
    public Optional<String> unreadable(String name, JsonNode recorded) {
        return JsonDifference.between(recorded, written.get(name));
    }
}
