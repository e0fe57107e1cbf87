package io.waltally.connectors.capture;

import static java.util.stream.Collectors.joining;

import io.waltally.connectors.capture.CapturedTopics.Captured;
import io.waltally.connectors.capture.encoding.UnchangedToast;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Rows as text by column, in the same form for SQL and for topics. Numbers are exact, times are microseconds since
 * 1970, bytes are hexadecimal; long values are abbreviated to length, hash and beginning.
 */
final class TableRows {
    private static final int LONG = 200;

    private TableRows() {}

    /** The rows of a topic after all its records. A placeholder is what the row of that key had before. */
    static Collection<Map<String, String>> of(List<Captured> records) {
        Map<String, Map<String, String>> rows = new HashMap<>();
        for (Captured record : records) {
            GenericRecord after = record.after();
            if (after == null) {
                rows.remove(record.key());
            } else {
                rows.put(record.key(), texts(after, rows.getOrDefault(record.key(), Map.of())));
            }
        }
        return rows.values();
    }

    private static Map<String, String> texts(GenericRecord row, Map<String, String> before) {
        Map<String, String> texts = new TreeMap<>();
        for (Schema.Field field : row.getSchema().getFields()) {
            Schema schema = present(field.schema());
            Object value = row.get(field.name());
            String text = value == null ? "NULL" : abbreviated(text(type(schema), schema, value));
            texts.put(field.name(), isPlaceholder(value) ? before.getOrDefault(field.name(), text) : text);
        }
        return texts;
    }

    /** Read as any consumer reads it, text being {@code Utf8}. */
    static boolean isPlaceholder(@Nullable Object value) {
        if (value instanceof CharSequence text) {
            return UnchangedToast.is(text.toString());
        }
        if (value instanceof Collection<?> elements) {
            return UnchangedToast.is(elements.stream()
                    .map(element -> element instanceof CharSequence text ? text.toString() : element)
                    .collect(Collectors.toList()));
        }
        return UnchangedToast.is(value);
    }

    /** All rows and all columns of a table of schema public. */
    static List<Map<String, String>> of(Connection connection, String table) throws SQLException {
        List<Map<String, String>> texts = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET timezone = 'UTC'");
            Map<String, String> columns = new TreeMap<>();
            try (ResultSet column = statement.executeQuery(
                    "SELECT column_name, udt_name FROM information_schema.columns WHERE table_schema = 'public' AND"
                            + " table_name = '" + table + "'")) {
                while (column.next()) {
                    columns.put(column.getString(1), expression(column.getString(1), column.getString(2)));
                }
            }
            try (ResultSet row = statement.executeQuery("SELECT "
                    + columns.values().stream()
                            .map(text -> "coalesce(" + text + ", 'NULL')")
                            .collect(joining(", "))
                    + " FROM " + table)) {
                while (row.next()) {
                    Map<String, String> text = new TreeMap<>();
                    int index = 1;
                    for (String column : columns.keySet()) {
                        text.put(column, abbreviated(row.getString(index++)));
                    }
                    texts.add(text);
                }
            }
        }
        return texts;
    }

    private static String expression(String column, String type) {
        return switch (type) {
            case "timestamptz", "timestamp" ->
                "CASE WHEN isfinite(%1$s) THEN trunc(extract(epoch FROM %1$s) * 1000000)::text ELSE %1$s::text END"
                        .formatted(column);
            case "date" ->
                "CASE WHEN isfinite(%1$s) THEN (%1$s - DATE '1970-01-01')::text ELSE %1$s::text END".formatted(column);
            case "time" -> "trunc(extract(epoch FROM %s) * 1000000)::text".formatted(column);
            case "numeric" -> "trim_scale(%s)::text".formatted(column);
            case "bytea" -> "encode(%s, 'hex')".formatted(column);
            case "float8" -> "encode(float8send(%s), 'hex')".formatted(column);
            case "float4" -> "encode(float4send(%s), 'hex')".formatted(column);
            case "_text", "_int4", "_int8" -> "array_to_string(%s, ',', 'NULL')".formatted(column);
            case "bool" -> column + "::text";
            // As its output function has it; a cast to text is another thing for some types.
            default -> "CASE WHEN %1$s IS NOT NULL THEN format('%%s', %1$s) END".formatted(column);
        };
    }

    private static String text(String type, Schema schema, Object value) {
        return switch (type) {
            case "io.debezium.time.ZonedTimestamp" -> micros(value.toString());
            case "io.debezium.time.MicroTimestamp" -> finite((long) value);
            case "io.debezium.time.Date" -> finite((int) value);
            case "io.debezium.data.VariableScaleDecimal" -> {
                GenericRecord number = (GenericRecord) value;
                yield decimal((ByteBuffer) number.get("value"), (Integer) number.get("scale"));
            }
            case "org.apache.kafka.connect.data.Decimal" ->
                decimal((ByteBuffer) value, Integer.parseInt(parameter(schema, "scale")));
            default ->
                switch (schema.getType()) {
                    case BYTES -> HexFormat.of().formatHex(bytes((ByteBuffer) value));
                    case DOUBLE -> "%016x".formatted(Double.doubleToLongBits((Double) value));
                    case FLOAT -> "%08x".formatted(Float.floatToIntBits((Float) value));
                    case ARRAY ->
                        ((Collection<?>) value)
                                .stream()
                                        .map(element -> element == null ? "NULL" : element.toString())
                                        .collect(joining(","));
                    default -> value.toString();
                };
        };
    }

    private static String micros(String zoned) {
        if (zoned.endsWith("infinity")) {
            return zoned;
        }
        Instant instant = OffsetDateTime.parse(zoned).toInstant();
        return Long.toString(instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000);
    }

    private static String finite(long micros) {
        return micros == Long.MAX_VALUE ? "infinity" : micros == Long.MIN_VALUE ? "-infinity" : Long.toString(micros);
    }

    /** Debezium has a number for each of the infinities that is no date of PostgreSQL's. */
    private static String finite(int days) {
        return switch (days) {
            case 2_146_033_979 -> "infinity";
            case -2_147_472_691 -> "-infinity";
            default -> Integer.toString(days);
        };
    }

    private static String decimal(ByteBuffer unscaled, int scale) {
        BigDecimal number = new BigDecimal(new BigInteger(bytes(unscaled)), scale);
        return (number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros()).toPlainString();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static Schema present(Schema schema) {
        return schema.getType() == Schema.Type.UNION
                ? schema.getTypes().stream()
                        .filter(branch -> branch.getType() != Schema.Type.NULL)
                        .findFirst()
                        .orElseThrow()
                : schema;
    }

    private static String type(Schema schema) {
        String name = schema.getProp("connect.name");
        return name == null ? "" : name;
    }

    private static String parameter(Schema schema, String name) {
        return ((Map<?, ?>) schema.getObjectProp("connect.parameters"))
                .get(name)
                .toString();
    }

    private static String abbreviated(String value) {
        return value.length() <= LONG
                ? value
                : value.substring(0, 20) + "... (" + value.length() + " characters, hash " + value.hashCode() + ")";
    }
}
