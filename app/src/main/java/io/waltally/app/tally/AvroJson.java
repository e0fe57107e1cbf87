package io.waltally.app.tally;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.schemas.Lsn;
import java.time.Instant;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of the contract's Avro records: with the same field names; LSNs in PostgreSQL's form, times in UTC.
 */
public final class AvroJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Fields with this name are LSNs, in every record of the contract. */
    private static final String LSN = "lsn";

    private AvroJson() {}

    /** The fields of the key and those of the value in one object. */
    public static ObjectNode object(IndexedRecord key, IndexedRecord value) {
        ObjectNode object = object(key);
        object.setAll(object(value));
        return object;
    }

    public static ObjectNode object(IndexedRecord record) {
        ObjectNode object = NODES.objectNode();
        for (Schema.Field field : record.getSchema().getFields()) {
            object.set(field.name(), node(field.name(), record.get(field.pos())));
        }
        return object;
    }

    private static JsonNode node(String field, @Nullable Object value) {
        if (value == null) {
            return NODES.nullNode();
        }
        if (value instanceof IndexedRecord record) {
            return object(record);
        }
        if (value instanceof Instant time) {
            return NODES.textNode(time.toString());
        }
        if (value instanceof Long number) {
            return field.equals(LSN) ? NODES.textNode(new Lsn(number).toString()) : NODES.numberNode(number);
        }
        if (value instanceof Integer number) {
            return NODES.numberNode(number);
        }
        if (value instanceof Double number) {
            return NODES.numberNode(number);
        }
        if (value instanceof Boolean flag) {
            return NODES.booleanNode(flag);
        }
        if (value instanceof CharSequence text) {
            return NODES.textNode(text.toString());
        }
        throw new IllegalArgumentException("field " + field + " has a type that no tally has: " + value.getClass());
    }
}
