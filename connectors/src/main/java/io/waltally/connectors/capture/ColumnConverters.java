package io.waltally.connectors.capture;

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
 * Converters of the columns that Debezium would leave out, and of those whose values it may fail to convert. A column of a
 * type that it does not map is text, as PostgreSQL writes it; a value that a decimal, a struct or an array cannot express is
 * {@link Unrepresentable}. All other columns are Debezium's.
 */
final class ColumnConverters extends CustomConverterRegistry {
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

    /** @param properties of the connector, which has to deliver the text of types that it does not map */
    static ColumnConverters of(Configuration properties) {
        JdbcConfiguration database = new PostgresConnectorConfig(properties).getJdbcConfig();
        try (PostgresConnection connection = new PostgresConnection(database, PostgresConnection.CONNECTION_GENERAL)) {
            return of(properties, connection.getDatabaseCharset(), PostgresConnection.createTypeRegistry(database));
        }
    }

    /** @param properties of the connector, which has to deliver the text of types that it does not map */
    static ColumnConverters of(Configuration properties, Charset charset, TypeRegistry types) {
        // Here, what is unknown has to be told from what Debezium maps.
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
            String notTold = column.isOptional() ? null : "";
            converters.put(name(table, column), value -> value == null ? notTold : text(value));
            return Optional.of(SchemaBuilder.string());
        }
        if (!Unrepresentable.possible(mapped)) {
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

    /** Whether the column is of a type that Debezium does not map. */
    synchronized boolean isText(TableId table, Column column) {
        return texts.contains(name(table, column));
    }

    private @Nullable SchemaBuilder mapped(Column column) {
        SchemaBuilder schema = debezium.schemaBuilder(column);
        if (schema == null || debezium.converter(column, new Field(column.name(), 0, schema.schema())) == null) {
            return null;
        }
        // Debezium takes an array of bits for bits, and its elements that are structs or arrays are not of the schema
        // it says.
        boolean array = schema.type() == Schema.Type.ARRAY;
        boolean consistent = array == types.get(column.nativeType()).isArrayType()
                && (!array
                        || schema.valueSchema().type().isPrimitive()
                        || schema.valueSchema().isOptional());
        return consistent ? schema : null;
    }

    /** Each array of PostgreSQL's may have NULLs. */
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
            return Unrepresentable.of(schema, Double.toString(number.toDouble()));
        }
        if (value instanceof Array array
                && MULTIDIMENSIONAL.matcher(array.toString()).lookingAt()) {
            // Debezium takes the inner arrays for elements.
            return Unrepresentable.of(schema, text(value));
        }
        try {
            Object converted = converter.convert(value);
            ConnectSchema.validateValue(schema, converted);
            return converted;
        } catch (RuntimeException e) {
            return Unrepresentable.of(schema, text(value));
        }
    }

    /** Of an old row the server tells the key alone; Debezium has a value in place of each other one that is required. */
    private static String text(@Nullable Object value) {
        if (value == null || UnchangedToastedReplicationMessageColumn.isUnchangedToastedValue(value)) {
            return Placeholder.TEXT;
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
