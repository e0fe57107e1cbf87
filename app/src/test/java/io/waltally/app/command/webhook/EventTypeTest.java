package io.waltally.app.command.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.waltally.schemas.NotificationType;
import io.waltally.schemas.event.EventType;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventTypeTest {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");

    /** Strictly: what the schema does not name is an error. */
    private static List<String> errors(EventType type, JsonNode event) {
        ObjectNode schema = type.schema();
        schema.put("additionalProperties", false);
        ((ObjectNode) schema.at("/properties/data")).put("additionalProperties", false);
        return SCHEMAS
                .getSchema(schema)
                .validate(event, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(Object::toString)
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeHasASchemaThatItsSampleFits(NotificationType type) throws IOException {
        EventType described = EventType.of(type);
        assertThat(described.type()).isEqualTo(type);
        assertThat(described.description()).isNotEmpty();
        assertThat(described.subject()).isNotEmpty();
        for (Optional<String> subject : List.of(Optional.<String>empty(), Optional.of("other"))) {
            byte[] sample = SampleEvent.of(described, subject, NOON).body();
            JsonNode event = new ObjectMapper().readTree(sample);
            assertThat(errors(described, event)).isEmpty();
            assertThat(event.path("subject").asText()).isEqualTo(subject.orElse(described.sampleSubject()));
            ((ObjectNode) event.path("data"))
                    .remove(event.path("data").fieldNames().next());
            assertThat(errors(described, event)).as("without a field").isNotEmpty();
        }
    }
}
