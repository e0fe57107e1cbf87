package io.waltally.compatibility;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;

/** Avro schemas as forms. */
public final class AvroSchemas {
    private static final ObjectMapper JSON = new ObjectMapper();

    private AvroSchemas() {}

    /** The schema without its documentation, on which nothing depends. */
    public static JsonNode form(Schema schema) {
        try {
            JsonNode form = JSON.readTree(schema.toString());
            form.findParents("doc").forEach(parent -> {
                if (parent.get("doc").isTextual()) {
                    ((ObjectNode) parent).remove("doc");
                }
            });
            return form;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(schema.toString(), e);
        }
    }

    public static Schema parse(JsonNode form) {
        return new Schema.Parser().parse(form.toString());
    }

    /**
     * The reason why records of the writer cannot be read with the other schema; empty if they can. This is the
     * registry's compatibility BACKWARD.
     */
    public static Optional<String> unreadable(Schema reader, Schema writer) {
        SchemaCompatibility.SchemaPairCompatibility compatibility =
                SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
        if (compatibility.getType() == SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE) {
            return Optional.empty();
        }
        return Optional.of("today's schema does not read it: "
                + compatibility.getResult().getIncompatibilities().stream()
                        .map(problem ->
                                problem.getType() + " at " + problem.getLocation() + ", " + problem.getMessage())
                        .collect(Collectors.joining("; ")));
    }
}
