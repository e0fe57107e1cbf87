package io.waltally.app.tally;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.schemas.Lsn;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of Avro records, generated or generic: with the same field names; LSNs in PostgreSQL's form, times in
 * UTC, decimals as text, bytes in Base64.
 */
public final class AvroJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Fields with these names are LSNs, in every record of the contract and in Debezium's source block. */
    private static final Set<String> LSNS = Set.of("lsn", "complete_at");

    private static final String CONTRACT = "io.waltally.";
    private static final String SOURCE_BLOCK = "io.debezium.connector.postgresql.Source";

    private AvroJson() {}

    /** The fields of the key and those of the value in one object. */
    public static ObjectNode object(IndexedRecord key, IndexedRecord value) {
        ObjectNode object = object(key);
        object.setAll(object(value));
        return object;
    }

    public static ObjectNode object(IndexedRecord record) {
        Schema schema = record.getSchema();
        boolean hasLsn = schema.getFullName().startsWith(CONTRACT)
                || schema.getFullName().equals(SOURCE_BLOCK);
        ObjectNode object = NODES.objectNode();
        for (Schema.Field field : schema.getFields()) {
            Object value = record.get(field.pos());
            object.set(
                    field.name(),
                    hasLsn && LSNS.contains(field.name()) && value instanceof Long lsn
                            ? NODES.textNode(new Lsn(lsn).toString())
                            : node(field.schema(), value));
        }
        return object;
    }

    /** A value of any type. */
    public static JsonNode node(Schema schema, @Nullable Object value) {
        if (value == null) {
            return NODES.nullNode();
        }
        if (value instanceof Instant time) {
            return NODES.textNode(time.toString());
        }
        return switch (schema.getType()) {
            case UNION -> node(schema.getTypes().get(GenericData.get().resolveUnion(schema, value)), value);
            case RECORD -> object((IndexedRecord) value);
            case MAP -> map(schema.getValueType(), (Map<?, ?>) value);
            case ARRAY -> array(schema.getElementType(), (Collection<?>) value);
            case BYTES -> bytes(schema, ((ByteBuffer) value).duplicate());
            case FIXED -> bytes(schema, ByteBuffer.wrap(((GenericFixed) value).bytes()));
            case LONG -> number(schema.getLogicalType(), (long) value);
            case INT -> NODES.numberNode((int) value);
            case FLOAT -> NODES.numberNode((float) value);
            case DOUBLE -> NODES.numberNode((double) value);
            case BOOLEAN -> NODES.booleanNode((boolean) value);
            case STRING, ENUM -> NODES.textNode(value.toString());
            case NULL -> NODES.nullNode();
        };
    }

    private static ObjectNode map(Schema type, Map<?, ?> map) {
        ObjectNode object = NODES.objectNode();
        map.forEach((name, value) -> object.set(name.toString(), node(type, value)));
        return object;
    }

    private static ArrayNode array(Schema type, Collection<?> elements) {
        ArrayNode array = NODES.arrayNode();
        elements.forEach(element -> array.add(node(type, element)));
        return array;
    }

    private static JsonNode bytes(Schema schema, ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return schema.getLogicalType() instanceof LogicalTypes.Decimal decimal && bytes.length > 0
                ? NODES.textNode(new BigDecimal(new BigInteger(bytes), decimal.getScale()).toPlainString())
                : NODES.binaryNode(bytes);
    }

    private static JsonNode number(@Nullable LogicalType type, long value) {
        if (type instanceof LogicalTypes.TimestampMicros) {
            return time(value, ChronoUnit.MICROS);
        }
        if (type instanceof LogicalTypes.TimestampMillis) {
            return time(value, ChronoUnit.MILLIS);
        }
        return NODES.numberNode(value);
    }

    private static JsonNode time(long sinceEpoch, ChronoUnit unit) {
        return NODES.textNode(Instant.EPOCH.plus(sinceEpoch, unit).toString());
    }
}
