package io.waltally.iceberg.column;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * The Iceberg type of an Avro schema that Debezium derived from a column, and the conversion of its values, which loses
 * nothing. A schema without an equivalent type keeps its physical type, such as microseconds of an interval.
 */
final class ColumnType {
    private static final int MAX_DIGITS = 38;
    private static final long DAY_MICROS = TimeUnit.DAYS.toMicros(1);

    private final Type type;
    private final UnaryOperator<Object> conversion;

    private ColumnType(Type type, UnaryOperator<Object> conversion) {
        this.type = type;
        this.conversion = conversion;
    }

    /**
     * The type of a field, a nullable one as well as one that is not. Ids of nested fields are arbitrary.
     *
     * @throws IllegalArgumentException if Debezium derives no such schema
     */
    static ColumnType of(Schema schema) {
        return of(schema, new AtomicInteger());
    }

    private static ColumnType of(Schema schema, AtomicInteger ids) {
        String name = schema.getProp("connect.name");
        return switch (name == null ? "" : name) {
            case "io.debezium.time.Date" ->
                new ColumnType(Types.DateType.get(), value -> LocalDate.ofEpochDay((Integer) value));
            case "io.debezium.time.Time" ->
                new ColumnType(Types.TimeType.get(), value -> time(TimeUnit.MILLISECONDS.toMicros((Integer) value)));
            case "io.debezium.time.MicroTime" -> new ColumnType(Types.TimeType.get(), value -> time((Long) value));
            case "io.debezium.time.Timestamp" ->
                new ColumnType(
                        Types.TimestampType.withoutZone(),
                        value -> timestamp(TimeUnit.MILLISECONDS.toMicros((Long) value)));
            case "io.debezium.time.MicroTimestamp" ->
                new ColumnType(Types.TimestampType.withoutZone(), value -> timestamp((Long) value));
            case "io.debezium.time.ZonedTimestamp" ->
                new ColumnType(Types.TimestampType.withZone(), value -> zonedTimestamp(value.toString()));
            case "io.debezium.data.Uuid" ->
                new ColumnType(Types.UUIDType.get(), value -> UUID.fromString(value.toString()));
            case "io.debezium.data.VariableScaleDecimal" ->
                new ColumnType(Types.StringType.get(), value -> variableScaleDecimal((IndexedRecord) value));
            default -> physical(schema, ids);
        };
    }

    private static ColumnType physical(Schema schema, AtomicInteger ids) {
        return switch (schema.getType()) {
            case BOOLEAN -> new ColumnType(Types.BooleanType.get(), UnaryOperator.identity());
            case INT -> new ColumnType(Types.IntegerType.get(), UnaryOperator.identity());
            case LONG -> new ColumnType(Types.LongType.get(), UnaryOperator.identity());
            case FLOAT -> new ColumnType(Types.FloatType.get(), UnaryOperator.identity());
            case DOUBLE -> new ColumnType(Types.DoubleType.get(), UnaryOperator.identity());
            case STRING, ENUM -> new ColumnType(Types.StringType.get(), Object::toString);
            case BYTES ->
                schema.getLogicalType() instanceof LogicalTypes.Decimal decimal
                        ? decimal(decimal.getPrecision(), decimal.getScale())
                        : new ColumnType(Types.BinaryType.get(), UnaryOperator.identity());
            case UNION -> optional(schema, ids);
            case ARRAY -> list(of(schema.getElementType(), ids), ids);
            case MAP -> map(of(schema.getValueType(), ids), ids);
            case RECORD -> struct(schema, ids);
            case FIXED, NULL ->
                throw new IllegalArgumentException("a field of type " + schema.getType() + " has no Iceberg type");
        };
    }

    private static ColumnType optional(Schema union, AtomicInteger ids) {
        List<Schema> branches = union.getTypes().stream()
                .filter(branch -> branch.getType() != Schema.Type.NULL)
                .toList();
        if (branches.size() != 1) {
            throw new IllegalArgumentException("a union of several types has no Iceberg type");
        }
        return of(branches.get(0), ids);
    }

    private static ColumnType list(ColumnType element, AtomicInteger ids) {
        return new ColumnType(Types.ListType.ofOptional(ids.incrementAndGet(), element.type), value -> {
            List<@Nullable Object> list = new ArrayList<>();
            ((Iterable<?>) value).forEach(one -> list.add(element.convert(one)));
            return list;
        });
    }

    private static ColumnType map(ColumnType element, AtomicInteger ids) {
        return new ColumnType(
                Types.MapType.ofOptional(
                        ids.incrementAndGet(), ids.incrementAndGet(), Types.StringType.get(), element.type),
                value -> {
                    Map<String, @Nullable Object> map = new HashMap<>();
                    ((Map<?, ?>) value).forEach((key, one) -> map.put(key.toString(), element.convert(one)));
                    return map;
                });
    }

    private static ColumnType struct(Schema schema, AtomicInteger ids) {
        List<ColumnType> types = new ArrayList<>();
        List<Types.NestedField> fields = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
            ColumnType type = of(field.schema(), ids);
            types.add(type);
            fields.add(Types.NestedField.optional(ids.incrementAndGet(), field.name(), type.type));
        }
        Types.StructType struct = Types.StructType.of(fields);
        return new ColumnType(struct, value -> {
            GenericRecord record = GenericRecord.create(struct);
            for (int i = 0; i < types.size(); i++) {
                record.set(i, types.get(i).convert(((IndexedRecord) value).get(i)));
            }
            return record;
        });
    }

    private static ColumnType decimal(int precision, int scale) {
        return precision <= MAX_DIGITS && scale >= 0 && scale <= precision
                ? new ColumnType(Types.DecimalType.of(precision, scale), value -> unscaled((ByteBuffer) value, scale))
                : new ColumnType(
                        Types.StringType.get(),
                        value -> unscaled((ByteBuffer) value, scale).toPlainString());
    }

    private static BigDecimal unscaled(ByteBuffer value, int scale) {
        byte[] bytes = new byte[value.remaining()];
        value.duplicate().get(bytes);
        return new BigDecimal(new BigInteger(bytes), scale);
    }

    private static String variableScaleDecimal(IndexedRecord value) {
        Schema schema = value.getSchema();
        int scale = (Integer) value.get(schema.getField("scale").pos());
        return unscaled((ByteBuffer) value.get(schema.getField("value").pos()), scale)
                .toPlainString();
    }

    private static LocalTime time(long micros) {
        if (micros == DAY_MICROS) {
            throw new UnrepresentableException("24:00:00");
        }
        return LocalTime.ofNanoOfDay(TimeUnit.MICROSECONDS.toNanos(micros));
    }

    private static LocalDateTime timestamp(long micros) {
        long second = TimeUnit.SECONDS.toMicros(1);
        return LocalDateTime.ofEpochSecond(
                Math.floorDiv(micros, second),
                (int) TimeUnit.MICROSECONDS.toNanos(Math.floorMod(micros, second)),
                ZoneOffset.UTC);
    }

    private static OffsetDateTime zonedTimestamp(String text) {
        try {
            // Iceberg has the range of microseconds in a long; between instants, Java has only that of nanoseconds.
            OffsetDateTime epoch = Instant.EPOCH.atOffset(ZoneOffset.UTC);
            return timestamp(ChronoUnit.MICROS.between(epoch, OffsetDateTime.parse(text)))
                    .atOffset(ZoneOffset.UTC);
        } catch (DateTimeException | ArithmeticException e) {
            throw new UnrepresentableException(text);
        }
    }

    Type type() {
        return type;
    }

    /** @throws UnrepresentableException if the type does not have the value */
    @Nullable
    Object convert(@Nullable Object avro) {
        return avro == null ? null : conversion.apply(avro);
    }

    /**
     * The same values as another type.
     *
     * @return null if the other type does not have them all
     */
    @Nullable
    ColumnType widenedTo(Type other) {
        if (sameShape(type, other)) {
            return this;
        }
        if (!promotes(type, other)) {
            return null;
        }
        return switch (other.typeId()) {
            case LONG -> new ColumnType(other, value -> ((Integer) conversion.apply(value)).longValue());
            case DOUBLE -> new ColumnType(other, value -> ((Float) conversion.apply(value)).doubleValue());
            default -> new ColumnType(other, conversion);
        };
    }

    /** Whether Iceberg promotes a type to another one without rewriting data: int, float, and decimals of one scale. */
    static boolean promotes(Type from, Type to) {
        if (from instanceof Types.DecimalType narrow && to instanceof Types.DecimalType wide) {
            return narrow.scale() == wide.scale() && narrow.precision() < wide.precision();
        }
        return switch (from.typeId()) {
            case INTEGER -> to.typeId() == Type.TypeID.LONG;
            case FLOAT -> to.typeId() == Type.TypeID.DOUBLE;
            default -> false;
        };
    }

    private static boolean sameShape(Type one, Type other) {
        if (one.typeId() != other.typeId()) {
            return false;
        }
        if (one instanceof Types.ListType list) {
            return sameShape(list.elementType(), other.asListType().elementType());
        }
        if (one instanceof Types.MapType map) {
            return sameShape(map.keyType(), other.asMapType().keyType())
                    && sameShape(map.valueType(), other.asMapType().valueType());
        }
        if (one instanceof Types.StructType struct) {
            List<Types.NestedField> fields = struct.fields();
            List<Types.NestedField> others = other.asStructType().fields();
            if (fields.size() != others.size()) {
                return false;
            }
            for (int i = 0; i < fields.size(); i++) {
                if (!fields.get(i).name().equals(others.get(i).name())
                        || !sameShape(fields.get(i).type(), others.get(i).type())) {
                    return false;
                }
            }
            return true;
        }
        return one.equals(other);
    }
}
