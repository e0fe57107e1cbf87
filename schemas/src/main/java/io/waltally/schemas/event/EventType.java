package io.waltally.schemas.event;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.schemas.NotificationType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Describes a type of notification to receivers.
 *
 * @param source of the CloudEvent
 * @param subject meaning of the event's subject
 * @param data JSON Schema of its data
 * @param sampleSubject subject of a realistic sample
 * @param sampleData data of that sample
 */
public record EventType(
        NotificationType type,
        String source,
        String description,
        String subject,
        JsonNode data,
        String sampleSubject,
        JsonNode sampleData) {
    private static final String RESOURCE = "event-types.json";
    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    /** Extension attribute of samples, which real notifications do not have. */
    private static final String SAMPLE = "sample";

    private static final Map<NotificationType, EventType> ALL = read();

    /** All types, in their documented order. */
    public static List<EventType> all() {
        return List.copyOf(ALL.values());
    }

    public static EventType of(NotificationType type) {
        return Objects.requireNonNull(ALL.get(type));
    }

    private static Map<NotificationType, EventType> read() {
        JsonNode json;
        try (InputStream resource = EventType.class.getResourceAsStream(RESOURCE)) {
            json = new ObjectMapper().readTree(resource);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + RESOURCE, e);
        }
        Map<NotificationType, EventType> types = new EnumMap<>(NotificationType.class);
        for (NotificationType type : NotificationType.values()) {
            types.put(type, of(type, json.path(type.id())));
        }
        return types;
    }

    private static EventType of(NotificationType type, JsonNode json) {
        return new EventType(
                type,
                json.path("source").asText(),
                json.path("description").asText(),
                json.path("subject").asText(),
                json.path("data"),
                json.at("/sample/subject").asText(),
                json.at("/sample/data"));
    }

    /** The JSON Schema of the whole CloudEvent in structured JSON. Later versions may add fields. */
    public ObjectNode schema() {
        ObjectNode properties = object();
        properties.set("specversion", constant("1.0"));
        properties.set("id", text("The same in every delivery").put("pattern", "^evt_[0-9a-f]{24}$"));
        properties.set("source", constant(source));
        properties.set("type", constant(type.id()));
        properties.set("datacontenttype", constant("application/json"));
        properties.set("subject", text(subject));
        properties.set("time", text("When the transaction committed").put("format", "date-time"));
        properties.set(
                "lsn", text("End of the transaction in the WAL").put("pattern", "^[0-9A-F]{1,8}/[0-9A-F]{1,8}$"));
        properties.set("txid", text("Id of the transaction in PostgreSQL").put("pattern", "^[0-9]+$"));
        properties.set("epoch", object().put("type", "integer").put("description", "Incarnation of the source"));
        properties.set("data", data.deepCopy());
        ObjectNode schema = object();
        schema.put("$schema", DIALECT);
        schema.put("title", type.id());
        schema.put("description", description);
        schema.put("type", "object");
        ArrayNode required = schema.putArray("required");
        properties.fieldNames().forEachRemaining(required::add);
        schema.set("properties", properties);
        properties.set(SAMPLE, object().put("type", "boolean").put("description", "Only of samples: true"));
        return schema;
    }

    /**
     * A realistic sample, as a CloudEvent in structured JSON, which says of itself that it is one.
     *
     * @param about its subject, which also takes its place in the data
     */
    public ObjectNode sample(String id, Instant time, String about) {
        ObjectNode event = object();
        event.put("specversion", "1.0");
        event.put("id", id);
        event.put("source", source);
        event.put("type", type.id());
        event.put("datacontenttype", "application/json");
        event.put("subject", about);
        event.put("time", time.toString());
        event.put("lsn", "0/16B3748");
        event.put("txid", "7713");
        event.put("epoch", 1);
        event.put(SAMPLE, true);
        ObjectNode contents = sampleData.deepCopy();
        sampleData.properties().stream()
                .filter(field -> field.getValue().isTextual()
                        && field.getValue().asText().equals(sampleSubject))
                .forEach(field -> contents.put(field.getKey(), about));
        event.set("data", contents);
        return event;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static ObjectNode text(String description) {
        return object().put("type", "string").put("description", description);
    }

    private static ObjectNode constant(String value) {
        return object().put("const", value);
    }
}
