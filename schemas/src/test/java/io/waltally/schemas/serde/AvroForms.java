package io.waltally.schemas.serde;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.waltally.compatibility.AvroSchemas;
import io.waltally.compatibility.Forms;
import io.waltally.compatibility.JsonDifference;
import io.waltally.compatibility.ValueJson;
import io.waltally.schemas.Change;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;

/**
 * Avro records by subject: the schema that wrote them, and samples that have each branch of its unions and each symbol
 * of its enums. Today's schema must read what each recorded one wrote, which is the registry's compatibility BACKWARD
 * towards all versions.
 */
final class AvroForms implements Forms {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte MAGIC_BYTE = 0;

    /** More than any enum has symbols. */
    private static final int SAMPLES = 12;

    private final RegistryAccess registry;
    private final Map<String, Schema> schemas = new TreeMap<>();
    private final Map<String, Serde<?>> serdes = new HashMap<>();

    AvroForms(String registry) {
        this.registry = RegistryAccess.of(registry);
    }

    /** @param serde of the topic that the subject belongs to */
    void add(String subject, Schema schema, Serde<?> serde) {
        schemas.put(subject, schema);
        serdes.put(subject, serde);
    }

    @Override
    public SortedMap<String, JsonNode> written() {
        SortedMap<String, JsonNode> written = new TreeMap<>();
        schemas.forEach((subject, schema) -> {
            Set<String> bodies = new LinkedHashSet<>();
            for (int number = 0; number < SAMPLES; number++) {
                bodies.add(HexFormat.of().formatHex(body(schema, sample(schema, number))));
            }
            ArrayNode samples = JsonNodeFactory.instance.arrayNode();
            bodies.forEach(body -> samples.addObject().put("bytes", body).set("value", read(subject, schema, body)));
            ObjectNode form = JsonNodeFactory.instance.objectNode();
            form.set("schema", AvroSchemas.form(schema));
            form.set("samples", samples);
            written.put(subject, form);
        });
        return written;
    }

    @Override
    public Optional<String> unreadable(String subject, JsonNode recorded) {
        Schema writer = AvroSchemas.parse(recorded.get("schema"));
        Optional<String> incompatible = AvroSchemas.unreadable(schemas.get(subject), writer);
        if (incompatible.isPresent()) {
            return incompatible;
        }
        for (JsonNode sample : recorded.get("samples")) {
            String body = sample.get("bytes").asText();
            Optional<String> difference =
                    JsonDifference.ignoringAdditions(sample.get("value"), read(subject, writer, body));
            if (difference.isPresent()) {
                return difference.map(text -> body + " is read as another value: " + text);
            }
        }
        return Optional.empty();
    }

    @Override
    public Optional<String> changed(String subject, JsonNode recorded) {
        return JsonDifference.between(recorded.get("schema"), AvroSchemas.form(schemas.get(subject)));
    }

    @Override
    public String remedy() {
        return "Records of all versions stay in their topics: a new field needs a default, a removed one had to have one,"
                + " a renamed one an alias, and symbols of enums are added where the enum has a default.";
    }

    private JsonNode read(String subject, Schema writer, String body) {
        try {
            int id = registry.client().register(subject, new AvroSchema(writer));
            byte[] bytes = HexFormat.of().parseHex(body);
            Object value = serdes.get(subject)
                    .deserializer()
                    .deserialize(
                            subject.replaceAll("-(key|value)$", ""),
                            ByteBuffer.allocate(1 + Integer.BYTES + bytes.length)
                                    .put(MAGIC_BYTE)
                                    .putInt(id)
                                    .put(bytes)
                                    .array());
            return value instanceof Change<?> change
                    ? JsonNodeFactory.instance
                            .objectNode()
                            .put("operation", change.operation().toString())
                            .put("committed_at", change.committedAt().toString())
                            .<ObjectNode>set("before", json(change.before()))
                            .set("after", json(change.after()))
                    : json(value);
        } catch (IOException | RestClientException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(Object value) {
        return value instanceof SpecificRecord ? parse(value.toString()) : ValueJson.of(value);
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    private static byte[] body(Schema schema, Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            new GenericDatumWriter<>(schema).write(value, encoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static GenericData.Record record(Schema schema, int number) {
        GenericData.Record value = new GenericData.Record(schema);
        schema.getFields().forEach(field -> value.put(field.pos(), sample(field.schema(), number)));
        return value;
    }

    /** As Debezium fills it in. */
    private static GenericData.Record envelope(Schema schema, int number) {
        GenericData.Record value = record(schema, number);
        String operation = "crud".substring(number % 4, number % 4 + 1);
        Object row = sample(schema.getField("after").schema().getTypes().get(1), number / 4);
        value.put("op", operation);
        value.put("before", operation.equals("u") || operation.equals("d") ? row : null);
        value.put("after", operation.equals("d") ? null : row);
        return value;
    }

    private static Object sample(Schema schema, int number) {
        return switch (schema.getType()) {
            case RECORD -> schema.getField("op") == null ? record(schema, number) : envelope(schema, number);
            case UNION ->
                sample(
                        schema.getTypes().get(number % schema.getTypes().size()),
                        number / schema.getTypes().size());
            case ENUM ->
                new GenericData.EnumSymbol(
                        schema,
                        schema.getEnumSymbols()
                                .get(number % schema.getEnumSymbols().size()));
            case ARRAY -> number == 0 ? List.of() : List.of(sample(schema.getElementType(), number - 1));
            case MAP -> number == 0 ? Map.of() : Map.of("name-" + number, sample(schema.getValueType(), number - 1));
            case STRING -> number == 0 ? "" : "text-" + number;
            case BYTES -> ByteBuffer.wrap(new byte[] {(byte) number, -1});
            case INT -> number * 100 - 1;
            case LONG -> number * 100_000_000_000L - 1;
            case FLOAT -> number + 0.5f;
            case DOUBLE -> number + 0.25;
            case BOOLEAN -> number % 2 == 1;
            case NULL -> null;
            case FIXED -> throw new IllegalArgumentException("no schema has " + schema);
        };
    }
}
