package io.waltally.connectors.capture.encoding;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.Encoder;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * A compiled writer of values of one Connect schema as Avro. Writes the same bytes as Confluent's converter, without an
 * intermediate generic record, and {@link UnrepresentableValue}s as null.
 */
interface AvroPlan {
    void write(@Nullable Object value, Encoder out) throws IOException;

    /** @throws DataException if the schema has a type that Debezium does not use */
    static AvroPlan of(Schema connect, org.apache.avro.Schema avro) {
        if (avro.getType() == org.apache.avro.Schema.Type.UNION) {
            return optional(connect, avro);
        }
        if (connect.name() != null && connect.name().startsWith("org.apache.kafka.connect.data.")) {
            if (Decimal.LOGICAL_NAME.equals(connect.name())) {
                return decimal(connect);
            }
            throw unknown(connect, avro);
        }
        return switch (connect.type()) {
            case STRUCT -> struct(connect, avro);
            case STRING -> {
                if (avro.getType() != org.apache.avro.Schema.Type.STRING) {
                    throw unknown(connect, avro);
                }
                yield AvroPlan::string;
            }
            case INT64 -> (value, out) -> out.writeLong((Long) value);
            case INT32 -> (value, out) -> out.writeInt((Integer) value);
            case INT16, INT8 -> (value, out) -> out.writeInt(((Number) value).intValue());
            case BOOLEAN -> (value, out) -> out.writeBoolean((Boolean) value);
            case FLOAT64 -> (value, out) -> out.writeDouble((Double) value);
            case FLOAT32 -> (value, out) -> out.writeFloat((Float) value);
            case BYTES -> AvroPlan::bytes;
            case ARRAY -> array(of(connect.valueSchema(), avro.getElementType()));
            case MAP -> {
                if (avro.getType() != org.apache.avro.Schema.Type.MAP) {
                    throw unknown(connect, avro);
                }
                yield map(of(connect.valueSchema(), avro.getValueType()));
            }
        };
    }

    private static DataException unknown(Schema connect, org.apache.avro.Schema avro) {
        return new DataException("cannot write " + connect + " as " + avro);
    }

    private static AvroPlan optional(Schema connect, org.apache.avro.Schema union) {
        List<org.apache.avro.Schema> branches = union.getTypes();
        if (branches.size() != 2 || branches.stream().noneMatch(org.apache.avro.Schema::isNullable)) {
            throw unknown(connect, union);
        }
        int nullBranch = branches.get(0).getType() == org.apache.avro.Schema.Type.NULL ? 0 : 1;
        int valueBranch = 1 - nullBranch;
        AvroPlan plan = of(connect, branches.get(valueBranch));
        return (value, out) -> {
            if (value == null || value instanceof UnrepresentableValue) {
                out.writeIndex(nullBranch);
                out.writeNull();
            } else {
                out.writeIndex(valueBranch);
                plan.write(value, out);
            }
        };
    }

    private static AvroPlan struct(Schema connect, org.apache.avro.Schema avro) {
        int count = connect.fields().size();
        if (avro.getFields().size() != count) {
            throw unknown(connect, avro);
        }
        List<String> names = FieldNames.of(connect);
        FieldPlan[] plans = new FieldPlan[count];
        for (int i = 0; i < count; i++) {
            Field field = connect.fields().get(i);
            org.apache.avro.Schema.Field written = avro.getFields().get(i);
            if (!written.name().equals(names.get(i))) {
                throw unknown(connect, avro);
            }
            plans[i] =
                    new FieldPlan(field, field.schema().defaultValue() != null, of(field.schema(), written.schema()));
        }
        return (value, out) -> {
            Struct struct = (Struct) value;
            for (FieldPlan plan : plans) {
                plan.write(struct, out);
            }
        };
    }

    private static AvroPlan array(AvroPlan element) {
        return (value, out) -> {
            Collection<?> elements = (Collection<?>) value;
            out.writeArrayStart();
            out.setItemCount(elements.size());
            for (Object one : elements) {
                out.startItem();
                element.write(one, out);
            }
            out.writeArrayEnd();
        };
    }

    private static AvroPlan map(AvroPlan element) {
        return (value, out) -> {
            Map<?, ?> entries = (Map<?, ?>) value;
            out.writeMapStart();
            out.setItemCount(entries.size());
            for (Map.Entry<?, ?> entry : entries.entrySet()) {
                out.startItem();
                out.writeString((String) entry.getKey());
                element.write(entry.getValue(), out);
            }
            out.writeMapEnd();
        };
    }

    /** One field of a struct. A field with a default is read by name, which is slower, so that a NULL stays a NULL. */
    record FieldPlan(Field field, boolean hasDefault, AvroPlan plan) {
        void write(Struct struct, Encoder out) throws IOException {
            plan.write(hasDefault ? struct.getWithoutDefault(field.name()) : struct.get(field), out);
        }
    }

    private static void string(Object value, Encoder out) throws IOException {
        out.writeString((String) value);
    }

    private static void bytes(Object value, Encoder out) throws IOException {
        if (value instanceof byte[] bytes) {
            out.writeBytes(bytes);
        } else {
            out.writeBytes(((ByteBuffer) value).duplicate());
        }
    }

    private static AvroPlan decimal(Schema connect) {
        int scale = Integer.parseInt(connect.parameters().get(Decimal.SCALE_FIELD));
        return (value, out) -> {
            if (value instanceof UnrepresentableValue other) {
                throw new DataException(other.text() + " is not a decimal");
            }
            BigDecimal decimal = (BigDecimal) value;
            if (decimal.scale() != scale) {
                throw new DataException(decimal + " is not a decimal of scale " + scale);
            }
            out.writeBytes(decimal.unscaledValue().toByteArray());
        };
    }
}
