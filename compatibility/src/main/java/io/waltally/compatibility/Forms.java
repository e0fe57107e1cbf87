package io.waltally.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.SortedMap;

/** The forms of one kind of data, as today's code writes and reads them. */
public interface Forms {
    /** Returns today's form of each name. */
    SortedMap<String, JsonNode> written();

    /** Returns why today's code cannot read a recorded form, or reads it differently; empty if it reads it. */
    Optional<String> unreadable(String name, JsonNode recorded);

    /** The difference between a recorded form and the one that today's code writes; empty if there is none. */
    default Optional<String> changed(String name, JsonNode recorded) {
        return JsonDifference.between(recorded, written().get(name));
    }

    /** Explains to the developer how to proceed with an unreadable form. */
    String remedy();
}
