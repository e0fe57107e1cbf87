package io.waltally.connectors.capture.debezium;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresValueConverter;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.UnchangedToastedReplicationMessageColumn;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.data.SpecialValueDecimal;
import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.relational.Column;
import io.debezium.relational.CustomConverterRegistry;
import io.debezium.relational.TableId;
import io.debezium.relational.ValueConverter;
import io.debezium.time.ZonedTimestamp;
import io.waltally.connectors.capture.encoding.UnchangedToast;
import io.waltally.connectors.capture.encoding.UnrepresentableValue;
import java.nio.charset.Charset;
import java.sql.Array;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * Converters of the columns that Debezium would omit, of those whose values it may fail to convert, and of timestamps. A column of an
 * unknown type becomes text, as PostgreSQL writes it. A value that a decimal, a struct or an array cannot express
 * becomes an {@link UnrepresentableValue}. All other columns are left to Debezium.
 */
public final class ColumnConverters extends CustomConverterRegistry {
    /** An element that begins with a brace is quoted. */
    private static final Pattern MULTIDIMENSIONAL = Pattern.compile("(\\[[^=]*=)?\\{\\{");

    private static final String INCLUDE_UNKNOWN = "include.unknown.datatypes";

    private final PostgresValueConverter debezium;
    private final TypeRegistry types;
    private final Map<String, ValueConverter> converters = new HashMap<>();
    private final Set<String> texts = new HashSet<>();

    private ColumnConverters(PostgresValueConverter debezium, TypeRegistry types) {
        super(List.of());
        this.debezium = debezium;
        this.types = types;
    }

    /** @param properties of the connector, which must deliver the text of unknown types */
    public static ColumnConverters of(Configuration properties) {
        JdbcConfiguration database = new PostgresConnectorConfig(properties).getJdbcConfig();
        try (PostgresConnection connection = new PostgresConnection(database, PostgresConnection.CONNECTION_GENERAL)) {
            return of(properties, connection.getDatabaseCharset(), PostgresConnection.createTypeRegistry(database));
        }
    }

    /** @param properties of the connector, which must deliver the text of unknown types */
    public static ColumnConverters of(Configuration properties, Charset charset, TypeRegistry types) {
        // Types unknown to Debezium must be distinguished from known ones here.
        PostgresConnectorConfig knownOnly = new PostgresConnectorConfig(
                properties.edit().with(INCLUDE_UNKNOWN, false).build());
        return new ColumnConverters(PostgresValueConverter.of(knownOnly, charset, types), types);
    }

    @Override
    public synchronized Optional<SchemaBuilder> registerConverterFor(
            TableId table, Column column, @Nullable Object defaultValue) {
        SchemaBuilder mapped = mapped(column);
        texts.remove(name(table, column));
        if (mapped == null) {
            texts.add(name(table, column));
            String forMissing = column.isOptional() ? null : "";
            converters.put(name(table, column), value -> value == null ? forMissing : text(value));
            return Optional.of(SchemaBuilder.string());
        }
        if (ZonedTimestamp.SCHEMA_NAME.equals(mapped.name())) {
            converters.put(name(table, column), new TimestampConverter(converter(column, defaultValue)));
            return Optional.of(mapped);
        }
        if (!UnrepresentableValue.possible(mapped)) {
            converters.remove(name(table, column));
            return Optional.empty();
        }
        SchemaBuilder builder = nullableElements(mapped);
        if (column.isOptional()) {
            builder.optional();
        }
        Schema schema = builder.build();
        ValueConverter converter = debezium.converter(column, new Field(column.name(), 0, schema));
        converters.put(name(table, column), value -> convert(converter, schema, value));
        return Optional.of(builder);
    }

    /** Whether the column's type is unknown to Debezium. */
    public synchronized boolean isText(TableId table, Column column) {
        return texts.contains(name(table, column));
    }

    private @Nullable SchemaBuilder mapped(Column column) {
        SchemaBuilder schema = debezium.schemaBuilder(column);
        if (schema == null || debezium.converter(column, new Field(column.name(), 0, schema.schema())) == null) {
            return null;
        }
        // Debezium treats an array of bits as bits, and elements that are structs or arrays do not match the
        // schema that it declares.
        boolean array = schema.type() == Schema.Type.ARRAY;
        boolean consistent = array == types.get(column.nativeType()).isArrayType()
                && (!array
                        || schema.valueSchema().type().isPrimitive()
                        || schema.valueSchema().isOptional());
        return consistent ? schema : null;
    }

    /** Debezium's converter of the column; in place of a required value that the stream leaves out it puts the default. */
    private ValueConverter converter(Column column, @Nullable Object defaultValue) {
        SchemaBuilder schema = debezium.schemaBuilder(column);
        if (column.isOptional()) {
            schema.optional();
        }
        if (defaultValue != null) {
            schema.defaultValue(defaultValue);
        }
        return debezium.converter(column, new Field(column.name(), 0, schema.build()));
    }

    /** Elements of any PostgreSQL array may be NULL. */
    private static SchemaBuilder nullableElements(SchemaBuilder schema) {
        if (schema.type() != Schema.Type.ARRAY || schema.valueSchema().isOptional()) {
            return schema;
        }
        SchemaBuilder element = new SchemaBuilder(schema.valueSchema().type())
                .name(schema.valueSchema().name())
                .version(schema.valueSchema().version())
                .optional();
        if (schema.valueSchema().parameters() != null) {
            element.parameters(schema.valueSchema().parameters());
        }
        return SchemaBuilder.array(element.build());
    }

    private static @Nullable Object convert(ValueConverter converter, Schema schema, @Nullable Object value) {
        if (value == null && schema.isOptional()) {
            return null;
        }
        if (value instanceof SpecialValueDecimal number
                && number.getDecimalValue().isEmpty()) {
            return UnrepresentableValue.of(schema, Double.toString(number.toDouble()));
        }
        if (value instanceof Array array
                && MULTIDIMENSIONAL.matcher(array.toString()).lookingAt()) {
            // Debezium takes the inner arrays for elements.
            return UnrepresentableValue.of(schema, text(value));
        }
        try {
            Object converted = converter.convert(value);
            ConnectSchema.validateValue(schema, converted);
            return converted;
        } catch (RuntimeException e) {
            return UnrepresentableValue.of(schema, text(value));
        }
    }

    /** The text of a value as PostgreSQL writes it. PostgreSQL sends only the key of an old row, and Debezium puts a default in place of each other required value. */
    private static String text(@Nullable Object value) {
        if (value == null || UnchangedToastedReplicationMessageColumn.isUnchangedToastedValue(value)) {
            return UnchangedToast.TEXT;
        }
        return value instanceof PGobject object ? String.valueOf(object.getValue()) : value.toString();
    }

    @Override
    public Optional<ValueConverter> getValueConverter(TableId table, Column column) {
        return Optional.ofNullable(converters.get(name(table, column)));
    }

    @Override
    public boolean isEmpty() {
        return converters.isEmpty();
    }

    private static String name(TableId table, Column column) {
        return table + "." + column.name();
    }
}
