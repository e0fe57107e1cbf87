package io.waltally.app.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.http.stream.EventLog;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Collects the tallies that have changed since the last event, and adds one event of them. Several changes of a tally
 * between two events are reported once, with the latest value.
 */
final class LatestChanges<K, V> {
    private final String type;
    private final BiFunction<K, V, ? extends JsonNode> item;
    private final Function<K, ? extends JsonNode> name;

    /** The last changed one is the last; empty if it is gone. */
    private final Map<K, Optional<V>> changed = new LinkedHashMap<>();

    /**
     * @param type of the events
     * @param item the form of a tally
     * @param name the form of the key of one that is gone
     */
    LatestChanges(String type, BiFunction<K, V, ? extends JsonNode> item, Function<K, ? extends JsonNode> name) {
        this.type = type;
        this.item = item;
        this.name = name;
    }

    void add(K key, Optional<V> tally) {
        changed.remove(key);
        changed.put(key, tally);
    }

    /**
     * Adds an event, if anything has changed.
     *
     * @param limit tallies in the event
     * @param skipped number of changes that were not collected
     * @return the number of changes that the event leaves out
     */
    long addEvent(EventLog log, int limit, long skipped) {
        if (changed.isEmpty() && skipped == 0) {
            return 0;
        }
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode items = document.putArray("items");
        ArrayNode gone = document.putArray("gone");
        int first = Math.max(0, changed.size() - limit);
        changed.entrySet().stream()
                .skip(first)
                .forEach(change -> change.getValue()
                        .ifPresentOrElse(
                                tally -> items.add(item.apply(change.getKey(), tally)),
                                () -> gone.add(name.apply(change.getKey()))));
        document.put("left_out", first + skipped);
        changed.clear();
        log.append(type, document);
        return first + skipped;
    }
}
