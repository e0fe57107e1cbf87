package io.waltally.connectors.capture.encoding;

import io.confluent.connect.avro.AvroData;
import io.debezium.data.Enum;
import io.waltally.schemas.serde.ColumnConflict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * The schema with which envelopes are written: Debezium's, without defaults and required fields that would break Avro
 * or consumers. A column is nullable if its values may be {@link UnrepresentableValue}s, if it was nullable in the
 * latest version, or if it is new and has no default.
 */
final class WriterSchema {
    /** Registries limit the size of a schema; a larger default than any that a reader could need is left out. */
    private static final int MAX_CHARACTERS_WITH_DEFAULT = 16 * 1024;

    private final AvroData avroData;
    private final Optional<org.apache.avro.Schema> before;
    private final boolean withoutDefinitionTexts;

    private WriterSchema(AvroData avroData, Optional<org.apache.avro.Schema> before, boolean withoutDefinitionTexts) {
        this.avroData = avroData;
        this.before = before;
        this.withoutDefinitionTexts = withoutDefinitionTexts;
    }

    /** @param before the envelope of the subject's latest version */
    static WriterSchema after(Optional<org.apache.avro.Schema> before, AvroData avroData) {
        return new WriterSchema(avroData, before.map(ColumnConflict::row), false);
    }

    /**
     * Removes texts that come from the table's definition: defaults, comments and labels of enums. Apicurio cannot
     * parse a schema with a default such as {@code '{}'}, because it strips quotes around braces.
     */
    WriterSchema withoutDefinitionTexts() {
        return new WriterSchema(avroData, before, true);
    }

    Schema of(Schema envelope) {
        Field after = envelope.field("after");
        if (after == null || after.schema().type() != Schema.Type.STRUCT) {
            return envelope;
        }
        Schema row = after.schema();
        Schema written = row(row);
        List<Field> fields = new ArrayList<>();
        for (Field field : envelope.fields()) {
            fields.add(new Field(field.name(), field.index(), field.schema().equals(row) ? written : field.schema()));
        }
        return copy(envelope, envelope.isOptional(), envelope.defaultValue(), fields);
    }

    /** The schema with which keys are written. */
    static Schema ofKey(Schema key) {
        List<String> names = FieldNames.of(key);
        List<Field> fields = new ArrayList<>();
        for (Field field : key.fields()) {
            fields.add(new Field(names.get(field.index()), field.index(), field.schema()));
        }
        return new ConnectSchema(
                key.type(),
                key.isOptional(),
                key.defaultValue(),
                key.name(),
                key.version(),
                key.doc(),
                key.parameters(),
                fields,
                null,
                null);
    }

    private Schema row(Schema row) {
        List<String> names = FieldNames.of(row);
        List<Field> fields = new ArrayList<>();
        for (Field field : row.fields()) {
            String name = names.get(field.index());
            fields.add(new Field(name, field.index(), column(field.schema(), name)));
        }
        return copy(row, row.isOptional(), row.defaultValue(), fields);
    }

    private Schema column(Schema schema, String name) {
        Object defaultValue = !withoutDefinitionTexts && hasExpressibleDefault(schema) ? schema.defaultValue() : null;
        boolean optional = schema.isOptional()
                || UnrepresentableValue.possible(schema)
                || (before.isPresent() && wasOptional(before.get().getField(name), defaultValue));
        return copy(schema, optional, defaultValue, fieldsOf(schema));
    }

    private static boolean wasOptional(org.apache.avro.Schema.@Nullable Field before, @Nullable Object defaultValue) {
        return before == null ? defaultValue == null : before.schema().isNullable();
    }

    /** Whether the schema with the default is valid JSON, which it is not with NaN, and not too large. */
    private boolean hasExpressibleDefault(Schema schema) {
        if (schema.defaultValue() == null) {
            return false;
        }
        try {
            org.apache.avro.Schema avro = avroData.fromConnectSchema(SchemaBuilder.struct()
                    .name("WithDefault")
                    .field("column", schema)
                    .build());
            String json = avro.toString();
            if (json.length() > MAX_CHARACTERS_WITH_DEFAULT) {
                return false;
            }
            new org.apache.avro.Schema.Parser().parse(json);
            return true;
        } catch (AvroRuntimeException | DataException e) {
            return false;
        }
    }

    private Schema copy(Schema schema, boolean optional, @Nullable Object defaultValue, @Nullable List<Field> fields) {
        boolean array = schema.type() == Schema.Type.ARRAY;
        boolean map = schema.type() == Schema.Type.MAP;
        Schema element = array || map ? schema.valueSchema() : null;
        return new ConnectSchema(
                schema.type(),
                optional,
                defaultValue,
                schema.name(),
                schema.version(),
                withoutDefinitionTexts ? null : schema.doc(),
                withoutDefinitionTexts && Enum.LOGICAL_NAME.equals(schema.name()) ? null : schema.parameters(),
                fields,
                map ? schema.keySchema() : null,
                array ? copy(element, element.isOptional(), null, fieldsOf(element)) : element);
    }

    private static @Nullable List<Field> fieldsOf(Schema schema) {
        return schema.type() == Schema.Type.STRUCT ? schema.fields() : null;
    }
}
