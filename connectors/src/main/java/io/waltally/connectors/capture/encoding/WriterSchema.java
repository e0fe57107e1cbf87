package io.waltally.connectors.capture.encoding;

import io.confluent.connect.avro.AvroData;
import io.debezium.data.Enum;
import io.debezium.data.Json;
import io.waltally.connectors.capture.encoding.AddedColumns.OlderRows;
import io.waltally.schemas.serde.ColumnConflict;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.generic.GenericData;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * The schema with which envelopes are written: Debezium's, without required fields that would break consumers, and with
 * the values of older rows as defaults. A column is nullable if its values may be {@link UnrepresentableValue}s, if it
 * was nullable in the latest version, or if it is new and has no default.
 *
 * <p>A column of the latest version keeps its default. The default of a new one is the value that older rows have, if a
 * schema can express it. The columns of a first version, which has no older rows, have the defaults of the table.
 */
final class WriterSchema {
    /** Registries limit the size of a schema; a larger default than any that a reader could need is left out. */
    private static final int MAX_CHARACTERS_WITH_DEFAULT = 16 * 1024;

    private static final String BRACES = "{}";

    private final AvroData avroData;
    private final Optional<org.apache.avro.Schema> before;
    private final Function<Set<String>, OlderRows> olderRows;
    private final DefinitionTexts texts;

    /** Which texts of the table's definition a schema has: defaults, comments and labels of enums. */
    enum DefinitionTexts {
        ALL,
        /** All but a default <code>{}</code>, which Apicurio takes for an object. For JSON it is written with a blank. */
        WITHOUT_BRACES,
        NONE
    }

    private WriterSchema(
            AvroData avroData,
            Optional<org.apache.avro.Schema> before,
            Function<Set<String>, OlderRows> olderRows,
            DefinitionTexts texts) {
        this.avroData = avroData;
        this.before = before;
        this.olderRows = olderRows;
        this.texts = texts;
    }

    /**
     * @param before the envelope of the subject's latest version
     * @param olderRows returns what older rows have in columns that the latest version does not have
     */
    static WriterSchema after(
            Optional<org.apache.avro.Schema> before, Function<Set<String>, OlderRows> olderRows, AvroData avroData) {
        return new WriterSchema(avroData, before.map(ColumnConflict::row), olderRows, DefinitionTexts.ALL);
    }

    WriterSchema with(DefinitionTexts some) {
        return new WriterSchema(avroData, before, olderRows, some);
    }

    /**
     * A schema to write with.
     *
     * @param unknown the columns in which older rows may have another value than the default
     */
    record Derived(Schema envelope, Set<String> unknown) {}

    /** Derives the schema from Debezium's. */
    Derived of(Schema envelope) {
        Field after = envelope.field("after");
        if (after == null || after.schema().type() != Schema.Type.STRUCT) {
            return new Derived(envelope, Set.of());
        }
        Schema row = after.schema();
        Set<String> unknown = new TreeSet<>();
        Schema written = row(row, unknown);
        List<Field> fields = new ArrayList<>();
        for (Field field : envelope.fields()) {
            fields.add(new Field(field.name(), field.index(), field.schema().equals(row) ? written : field.schema()));
        }
        return new Derived(copy(envelope, envelope.isOptional(), envelope.defaultValue(), fields), unknown);
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

    private Schema row(Schema row, Set<String> unknown) {
        List<String> names = FieldNames.of(row);
        Set<String> added = added(row, names);
        OlderRows older = added.isEmpty() ? OlderRows.NULLS : olderRows.apply(added);
        unknown.addAll(older.unknown());
        List<Field> fields = new ArrayList<>();
        for (Field field : row.fields()) {
            String name = names.get(field.index());
            Object value = added.contains(field.name())
                    ? older.values().get(field.name())
                    : defaultBefore(field.schema(), name);
            Object defaultValue = expressible(field.schema(), value);
            if (before.isPresent() && value != null && defaultValue == null) {
                unknown.add(field.name());
            }
            fields.add(new Field(name, field.index(), column(field.schema(), name, defaultValue)));
        }
        return copy(row, row.isOptional(), row.defaultValue(), fields);
    }

    /** The columns that the latest version does not have. */
    private Set<String> added(Schema row, List<String> names) {
        Set<String> added = new LinkedHashSet<>();
        for (Field field : row.fields()) {
            if (before.isPresent() && before.get().getField(names.get(field.index())) == null) {
                added.add(field.name());
            }
        }
        return added;
    }

    private @Nullable Object defaultBefore(Schema schema, String name) {
        if (before.isEmpty()) {
            return schema.defaultValue();
        }
        org.apache.avro.Schema.Field known = before.get().getField(name);
        Object value = known.hasDefaultValue() ? GenericData.get().getDefaultValue(known) : null;
        // As a value: AvroData reads some defaults wrongly, such as those of arrays.
        return value == null
                ? null
                : promoted(avroData.toConnectData(known.schema(), value).value(), schema);
    }

    /** A default of the column's former type as one of its type now, if Avro promotes the former one. */
    private static @Nullable Object promoted(@Nullable Object value, Schema schema) {
        if (!(value instanceof Number number) || schema.name() != null) {
            return value;
        }
        boolean small = value instanceof Short || value instanceof Integer;
        return switch (schema.type()) {
            case INT32 -> small ? (Object) number.intValue() : value;
            case INT64 -> small ? (Object) number.longValue() : value;
            case FLOAT64 -> value instanceof Float ? (Object) number.doubleValue() : value;
            default -> value;
        };
    }

    private Schema column(Schema schema, String name, @Nullable Object defaultValue) {
        boolean optional = schema.isOptional()
                || UnrepresentableValue.possible(schema)
                || (before.isPresent() && wasOptional(before.get().getField(name), defaultValue));
        return copy(schema, optional, defaultValue, fieldsOf(schema));
    }

    private static boolean wasOptional(org.apache.avro.Schema.@Nullable Field before, @Nullable Object defaultValue) {
        return before == null ? defaultValue == null : before.schema().isNullable();
    }

    /**
     * The value as a default, unless it is of another type than the schema, no JSON holds it, such as NaN, or it is too
     * large.
     */
    private @Nullable Object expressible(Schema schema, @Nullable Object value) {
        if (value == null || value instanceof UnrepresentableValue || texts == DefinitionTexts.NONE) {
            return null;
        }
        boolean braces = texts == DefinitionTexts.WITHOUT_BRACES;
        Object defaultValue = braces && value.equals(BRACES) && Json.LOGICAL_NAME.equals(schema.name()) ? "{ }" : value;
        try {
            requireType(schema, defaultValue);
            String json = avroData.fromConnectSchema(SchemaBuilder.struct()
                            .name("WithDefault")
                            .field("column", copy(schema, schema.isOptional(), defaultValue, fieldsOf(schema)))
                            .build())
                    .toString();
            if (json.length() > MAX_CHARACTERS_WITH_DEFAULT || (braces && json.contains(":\"" + BRACES + "\""))) {
                return null;
            }
            new org.apache.avro.Schema.Parser().parse(json);
            return defaultValue;
        } catch (AvroRuntimeException | DataException e) {
            return null;
        }
    }

    /** A struct has its schema, which may differ from the column's in its default, or in whether it is optional. */
    private static void requireType(Schema schema, Object value) {
        boolean struct = value instanceof Struct;
        ConnectSchema.validateValue(struct ? ((Struct) value).schema() : schema, value);
        if (struct && !((Struct) value).schema().fields().equals(schema.fields())) {
            throw new DataException("a struct of other fields");
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
                texts == DefinitionTexts.NONE ? null : schema.doc(),
                texts == DefinitionTexts.NONE && Enum.LOGICAL_NAME.equals(schema.name()) ? null : schema.parameters(),
                fields,
                map ? schema.keySchema() : null,
                array ? copy(element, element.isOptional(), null, fieldsOf(element)) : element);
    }

    private static @Nullable List<Field> fieldsOf(Schema schema) {
        return schema.type() == Schema.Type.STRUCT ? schema.fields() : null;
    }
}
