package io.waltally.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The JSON of any value: records by component, bytes in hex, everything else as text. */
public final class ValueJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** The field that names the alternative of a sealed interface. */
    static final String TYPE = "@type";

    private ValueJson() {}

    public static JsonNode of(@Nullable Object value) {
        if (value == null) {
            return JSON.nullNode();
        } else if (value instanceof JsonNode json) {
            return json;
        } else if (value instanceof Optional<?> optional) {
            return of(optional.orElse(null));
        } else if (value instanceof Boolean flag) {
            return JSON.booleanNode(flag);
        } else if (value instanceof Long || value instanceof Integer || value instanceof Short) {
            // As text: readers of JSON do not distinguish int from long.
            return JSON.textNode(value.toString());
        } else if (value instanceof byte[] bytes) {
            return JSON.textNode(HexFormat.of().formatHex(bytes));
        } else if (value instanceof Map<?, ?> map) {
            Map<String, JsonNode> sorted = new TreeMap<>();
            map.forEach((key, entry) -> sorted.put(text(of(key)), of(entry)));
            return JSON.objectNode().setAll(sorted);
        } else if (value instanceof Set<?> set) {
            return array(set.stream().map(ValueJson::of).sorted(Comparator.comparing(JsonNode::toString)));
        } else if (value instanceof Collection<?> list) {
            return array(list.stream().map(ValueJson::of));
        } else if (value instanceof Record object) {
            return ofRecord(object);
        }
        return JSON.textNode(value.toString());
    }

    private static String text(JsonNode key) {
        return key.isTextual() ? key.asText() : key.toString();
    }

    private static ArrayNode array(Stream<JsonNode> elements) {
        ArrayNode array = JSON.arrayNode();
        elements.forEach(array::add);
        return array;
    }

    private static ObjectNode ofRecord(Record value) {
        ObjectNode object = JSON.objectNode();
        alternative(value).ifPresent(type -> object.put(TYPE, type));
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            try {
                component.getAccessor().setAccessible(true);
                object.set(component.getName(), of(component.getAccessor().invoke(value)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("component " + component + " of " + value.getClass(), e);
            }
        }
        return object;
    }

    /** The class of a value of a sealed interface. */
    static Optional<String> alternative(@Nullable Object value) {
        return alternatives(value).isEmpty()
                ? Optional.empty()
                : Optional.of(value.getClass().getSimpleName());
    }

    /** All classes that the value could be of, if it is one of a sealed interface. */
    static Set<String> alternatives(@Nullable Object value) {
        Set<String> names = new TreeSet<>();
        if (value instanceof Record) {
            Stream.of(value.getClass().getInterfaces())
                    .filter(Class::isSealed)
                    .flatMap(type -> Stream.of(type.getPermittedSubclasses()))
                    .forEach(type -> names.add(type.getSimpleName()));
        }
        return names;
    }

    private static String shapeOfText(String text) {
        if (text.isEmpty()) {
            return "empty";
        }
        boolean constants = text.matches("[A-Z][A-Z_]*|\\{.*}");
        return constants ? text.replaceAll("[0-9]+", "0") : text.startsWith("-") ? "negative" : "text";
    }

    /** Equal for values that are alike but for their numbers and texts. */
    static String shape(JsonNode value) {
        if (value.isObject()) {
            StringBuilder shape = new StringBuilder("{");
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                shape.append(field.getKey())
                        .append(':')
                        .append(field.getKey().equals(TYPE) ? field.getValue() : shape(field.getValue()))
                        .append(' ');
            }
            return shape.append('}').toString();
        } else if (value.isArray()) {
            Set<String> elements = new TreeSet<>();
            value.forEach(element -> elements.add(shape(element)));
            return List.copyOf(elements) + (value.size() > 1 ? "+" : "");
        } else if (value.isTextual()) {
            return shapeOfText(value.asText());
        }
        return value.toString();
    }
}
