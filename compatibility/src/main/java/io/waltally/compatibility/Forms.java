package io.waltally.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.SortedMap;

/** The forms of one kind of data, as today's code writes and reads them. */
public interface Forms {
    /** What would be recorded of each form, by its name. */
    SortedMap<String, JsonNode> written();

    /** What today's code cannot read, or reads differently, of a recorded form; empty if it reads it. */
    Optional<String> unreadable(String name, JsonNode recorded);

    /** How the form that today's code writes differs from one that it reads; empty if it does not. */
    default Optional<String> changed(String name, JsonNode recorded) {
        return JsonDifference.between(recorded, written().get(name));
    }

    /** What to do about an unreadable form. */
    String remedy();
}
