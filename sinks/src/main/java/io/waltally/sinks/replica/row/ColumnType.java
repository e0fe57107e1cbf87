package io.waltally.sinks.replica.row;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.util.Utf8;

/**
 * The PostgreSQL type that takes every value of an Avro schema.
 *
 * @param sql name of the type, as in DDL
 * @param digits fractional digits that values have; empty if the type has no limit of them
 * @param plain whether texts need no escape, in COPY and in arrays
 */
public record ColumnType(String sql, Optional<Integer> digits, boolean plain, ValueText text) {
    private static final int MILLIS_DIGITS = 3;
    private static final int MICROS_DIGITS = 6;
    private static final byte[] NULL_ELEMENT = "NULL".getBytes(StandardCharsets.US_ASCII);

    /** By semantic type. */
    private static final Map<String, Function<Schema, ColumnType>> NAMED = new HashMap<>();

    static {
        NAMED.put("org.apache.kafka.connect.data.Decimal", ColumnType::decimal);
        NAMED.put(
                "io.debezium.data.VariableScaleDecimal",
                schema -> new ColumnType("numeric", Optional.empty(), true, ColumnType::variableScaleDecimal));
        NAMED.put(
                "io.debezium.time.Date",
                schema -> plain("date", (in, out) -> {
                    TimeText.date(in.readInt(), out);
                    return true;
                }));
        NAMED.put(
                "io.debezium.time.Timestamp",
                schema -> timed("timestamp", MILLIS_DIGITS, (in, out) -> {
                    TimeText.timestampMillis(in.readLong(), out);
                    return true;
                }));
        NAMED.put(
                "io.debezium.time.MicroTimestamp",
                schema -> timed("timestamp", MICROS_DIGITS, (in, out) -> {
                    TimeText.timestamp(in.readLong(), out);
                    return true;
                }));
        NAMED.put(
                "io.debezium.time.Time",
                schema -> timed("time", MILLIS_DIGITS, (in, out) -> {
                    TimeText.timeMillis(in.readInt(), out);
                    return true;
                }));
        NAMED.put(
                "io.debezium.time.MicroTime",
                schema -> timed("time", MICROS_DIGITS, (in, out) -> {
                    TimeText.time(in.readLong(), out);
                    return true;
                }));
        NAMED.put(
                "io.debezium.time.ZonedTimestamp",
                schema -> timed("timestamp with time zone", MICROS_DIGITS, text(TimeText::zoned)));
        NAMED.put(
                "io.debezium.time.ZonedTime",
                schema -> timed("time with time zone", MICROS_DIGITS, text(Function.identity())));
        NAMED.put(
                "io.debezium.time.MicroDuration",
                schema -> timed("interval", MICROS_DIGITS, (in, out) -> {
                    TimeText.interval(in.readLong(), out);
                    return true;
                }));
        NAMED.put("io.debezium.time.Interval", schema -> string("interval"));
        NAMED.put("io.debezium.data.Uuid", schema -> string("uuid"));
        NAMED.put("io.debezium.data.Json", schema -> string("json"));
        NAMED.put("io.debezium.data.Xml", schema -> string("xml"));
        NAMED.put("io.debezium.data.Tsvector", schema -> string("tsvector"));
        NAMED.put("io.debezium.data.Bits", ColumnType::bits);
        NAMED.put(
                "io.debezium.data.geometry.Point",
                schema -> struct("point", schema, point -> "(" + point.get("x") + "," + point.get("y") + ")"));
        NAMED.put(
                "io.debezium.data.geometry.Circle",
                schema -> struct("circle", schema, circle -> {
                    GenericRecord center = (GenericRecord) circle.get("center");
                    return "<(" + center.get("x") + "," + center.get("y") + ")," + circle.get("radius") + ">";
                }));
        NAMED.put(
                "io.debezium.data.geometry.Line",
                schema -> struct(
                        "line", schema, line -> "{" + line.get("a") + "," + line.get("b") + "," + line.get("c") + "}"));
        NAMED.put("io.debezium.data.geometry.Geometry", ColumnType::geometry);
        NAMED.put("io.debezium.data.geometry.Geography", ColumnType::geometry);
    }

    /** @param schema of a column; whether it is nullable does not matter */
    static ColumnType of(Schema schema) {
        Schema value = ConnectSchema.valueOf(schema);
        Function<Schema, ColumnType> named = NAMED.get(ConnectSchema.name(value));
        return named == null ? unnamed(value) : named.apply(value);
    }

    private static ColumnType unnamed(Schema schema) {
        return switch (schema.getType()) {
            case STRING -> string("text");
            case ENUM -> object("text", schema, Object::toString);
            case INT ->
                plain(ConnectSchema.type(schema).startsWith("int") ? "smallint" : "integer", (in, out) -> {
                    out.add(in.readInt());
                    return true;
                });
            case LONG ->
                plain("bigint", (in, out) -> {
                    out.add(in.readLong());
                    return true;
                });
            case BOOLEAN ->
                plain("boolean", (in, out) -> {
                    out.add(in.readBoolean() ? 't' : 'f');
                    return true;
                });
            case FLOAT ->
                plain("real", (in, out) -> {
                    out.add(Float.toString(in.readFloat()));
                    return true;
                });
            case DOUBLE ->
                plain("double precision", (in, out) -> {
                    out.add(Double.toString(in.readDouble()));
                    return true;
                });
            case BYTES -> new ColumnType("bytea", Optional.empty(), false, binary("\\x"));
            case ARRAY ->
                ConnectSchema.valueOf(schema.getElementType()).getType() == Schema.Type.RECORD
                                && !NAMED.containsKey(
                                        ConnectSchema.name(ConnectSchema.valueOf(schema.getElementType())))
                        ? json(schema)
                        : array(schema);
            default -> json(schema);
        };
    }

    private static ColumnType plain(String sql, ValueText text) {
        return new ColumnType(sql, Optional.empty(), true, text);
    }

    private static ColumnType timed(String sql, int digits, ValueText text) {
        return new ColumnType(sql, Optional.of(digits), true, text);
    }

    private static ColumnType string(String sql) {
        Utf8[] reused = {new Utf8()};
        return new ColumnType(sql, Optional.empty(), false, (in, out) -> {
            Utf8 value = in.readString(reused[0]);
            reused[0] = value;
            out.add(value.getBytes(), 0, value.getByteLength());
            return !UnchangedToast.is(value);
        });
    }

    private static ValueText text(Function<String, String> form) {
        Utf8[] reused = {new Utf8()};
        return (in, out) -> {
            Utf8 value = in.readString(reused[0]);
            reused[0] = value;
            byte first = value.getByteLength() == 0 ? 0 : value.getBytes()[0];
            if (first > '0' && first <= '9') {
                out.add(value.getBytes(), 0, value.getByteLength());
            } else {
                out.add(form.apply(value.toString()));
            }
            return true;
        };
    }

    private static ValueText binary(String prefix) {
        ByteBuffer[] reused = {ByteBuffer.allocate(0)};
        return (in, out) -> {
            ByteBuffer value = in.readBytes(reused[0]);
            reused[0] = value;
            out.add(prefix);
            out.addHex(value);
            return !UnchangedToast.is(value);
        };
    }

    private static ColumnType decimal(Schema schema) {
        int scale =
                ConnectSchema.parameter(schema, "scale").map(Integer::valueOf).orElse(0);
        return new ColumnType("numeric", Optional.of(scale), true, (in, out) -> {
            addDecimal(in.readBytes(null), scale, out);
            return true;
        });
    }

    private static boolean variableScaleDecimal(BinaryDecoder in, CopyText out) throws IOException {
        int scale = in.readInt();
        addDecimal(in.readBytes(null), scale, out);
        return true;
    }

    private static void addDecimal(ByteBuffer unscaled, int scale, CopyText out) {
        byte[] digits = new byte[unscaled.remaining()];
        unscaled.get(digits);
        out.add(new BigDecimal(new BigInteger(digits), scale).toPlainString());
    }

    /** Debezium has the bits in little-endian order, without those zeros at the left that fill no byte. */
    private static ColumnType bits(Schema schema) {
        int declared =
                ConnectSchema.parameter(schema, "length").map(Integer::valueOf).orElse(Integer.MAX_VALUE);
        return plain("bit varying", (in, out) -> {
            ByteBuffer value = in.readBytes(null);
            int length = declared == Integer.MAX_VALUE ? value.remaining() * Byte.SIZE : declared;
            for (int bit = length - 1; bit >= 0; bit--) {
                int index = bit / Byte.SIZE;
                boolean set = index < value.remaining() && (value.get(index) >> bit % Byte.SIZE & 1) == 1;
                out.add(set ? '1' : '0');
            }
            return true;
        });
    }

    private static ColumnType geometry(Schema schema) {
        ValueText wkb = binary("");
        List<Schema.Field> fields = schema.getFields();
        return plain("text", (in, out) -> {
            for (Schema.Field field : fields) {
                if (field.name().equals("wkb")) {
                    wkb.write(in, out);
                } else {
                    GenericDatumReader.skip(field.schema(), in);
                }
            }
            return true;
        });
    }

    private static ColumnType struct(String sql, Schema schema, Function<GenericRecord, String> text) {
        return object(sql, schema, value -> text.apply((GenericRecord) value));
    }

    /** For values that are rare: they are read into objects first. */
    private static ColumnType object(String sql, Schema schema, Function<Object, String> text) {
        GenericDatumReader<Object> reader = new GenericDatumReader<>(schema);
        return new ColumnType(sql, Optional.empty(), false, (in, out) -> {
            out.add(text.apply(reader.read(null, in)));
            return true;
        });
    }

    private static ColumnType json(Schema schema) {
        return object("json", schema, GenericData.get()::toString);
    }

    private static ColumnType array(Schema schema) {
        ColumnType element = of(schema.getElementType());
        int nullBranch = ConnectSchema.nullBranch(schema.getElementType());
        ValueText plan = (in, out) -> {
            out.add('{');
            boolean first = true;
            for (long block = in.readArrayStart(); block != 0; block = in.arrayNext()) {
                for (long i = 0; i < block; i++) {
                    if (!first) {
                        out.add(',');
                    }
                    first = false;
                    if (nullBranch >= 0 && in.readIndex() == nullBranch) {
                        out.add(NULL_ELEMENT);
                    } else {
                        int from = out.length();
                        element.text().write(in, out);
                        out.quoteElement(from);
                    }
                }
            }
            out.add('}');
            return true;
        };
        List<byte[]> placeholders = UnchangedToast.textsOf(schema, plan);
        return new ColumnType(element.sql() + "[]", element.digits(), false, (in, out) -> {
            int from = out.length();
            plan.write(in, out);
            return placeholders.stream().noneMatch(placeholder -> out.endsWith(from, placeholder));
        });
    }
}
