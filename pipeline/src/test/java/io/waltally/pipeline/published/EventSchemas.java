package io.waltally.pipeline.published;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.waltally.schemas.NotificationType;
import io.waltally.schemas.event.EventType;
import java.util.EnumMap;
import java.util.Map;

/** The schemas of notifications, applied strictly: a field that they do not name is an error. */
final class EventSchemas {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Map<NotificationType, Schema> BY_TYPE = new EnumMap<>(NotificationType.class);

    static {
        for (EventType type : EventType.all()) {
            ObjectNode schema = type.schema();
            schema.put("additionalProperties", false);
            ((ObjectNode) schema.at("/properties/data")).put("additionalProperties", false);
            BY_TYPE.put(type.type(), SCHEMAS.getSchema(schema));
        }
    }

    private EventSchemas() {}

    /** @throws AssertionError if the event does not fit the schema of its type */
    static void check(JsonNode event) {
        NotificationType type = NotificationType.of(event.path("type").asText()).orElseThrow();
        assertThat(BY_TYPE.get(type)
                        .validate(
                                event,
                                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true))))
                .as("%s", event)
                .isEmpty();
    }
}
