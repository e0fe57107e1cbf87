package io.waltally.connectors.capture;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.apache.avro.io.Encoder;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * How a value of one Connect schema is written as Avro, worked out once per schema. Writes what Confluent's converter
 * would, without the generic record in between.
 */
interface AvroPlan {
    void write(@Nullable Object value, Encoder out) throws IOException;

    /** The plan, or nothing where the schema has a part that only the converter knows how to write. */
    static Optional<AvroPlan> of(Schema connect, org.apache.avro.Schema avro) {
        return Optional.ofNullable(plan(connect, avro));
    }

    private static @Nullable AvroPlan plan(Schema connect, org.apache.avro.Schema avro) {
        if (avro.getType() == org.apache.avro.Schema.Type.UNION) {
            return optional(connect, avro);
        }
        if (connect.name() != null && connect.name().startsWith("org.apache.kafka.connect.data.")) {
            return Decimal.LOGICAL_NAME.equals(connect.name()) ? decimal(connect) : null;
        }
        return switch (connect.type()) {
            case STRUCT -> struct(connect, avro);
            case STRING -> avro.getType() == org.apache.avro.Schema.Type.STRING ? AvroPlan::string : null;
            case INT64 -> (value, out) -> out.writeLong((Long) value);
            case INT32 -> (value, out) -> out.writeInt((Integer) value);
            case INT16, INT8 -> (value, out) -> out.writeInt(((Number) value).intValue());
            case BOOLEAN -> (value, out) -> out.writeBoolean((Boolean) value);
            case FLOAT64 -> (value, out) -> out.writeDouble((Double) value);
            case FLOAT32 -> (value, out) -> out.writeFloat((Float) value);
            case BYTES -> AvroPlan::bytes;
            case ARRAY, MAP -> null;
        };
    }

    private static @Nullable AvroPlan optional(Schema connect, org.apache.avro.Schema union) {
        List<org.apache.avro.Schema> branches = union.getTypes();
        if (branches.size() != 2 || branches.stream().noneMatch(org.apache.avro.Schema::isNullable)) {
            return null;
        }
        int nullBranch = branches.get(0).getType() == org.apache.avro.Schema.Type.NULL ? 0 : 1;
        int valueBranch = 1 - nullBranch;
        AvroPlan plan = plan(connect, branches.get(valueBranch));
        if (plan == null) {
            return null;
        }
        return (value, out) -> {
            if (value == null) {
                out.writeIndex(nullBranch);
                out.writeNull();
            } else {
                out.writeIndex(valueBranch);
                plan.write(value, out);
            }
        };
    }

    private static @Nullable AvroPlan struct(Schema connect, org.apache.avro.Schema avro) {
        int count = connect.fields().size();
        if (avro.getFields().size() != count) {
            return null;
        }
        FieldPlan[] plans = new FieldPlan[count];
        for (int i = 0; i < count; i++) {
            Field field = connect.fields().get(i);
            org.apache.avro.Schema.Field written = avro.getFields().get(i);
            AvroPlan plan = written.name().equals(field.name()) ? plan(field.schema(), written.schema()) : null;
            if (plan == null) {
                return null;
            }
            plans[i] = new FieldPlan(field, field.schema().defaultValue() != null, plan);
        }
        return (value, out) -> {
            Struct struct = (Struct) value;
            for (FieldPlan plan : plans) {
                plan.write(struct, out);
            }
        };
    }

    /** One field of a struct. What has a default is read by its name, so that a NULL stays a NULL; that is slower. */
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
            BigDecimal decimal = (BigDecimal) value;
            if (decimal.scale() != scale) {
                throw new DataException(decimal + " is not a decimal of scale " + scale);
            }
            out.writeBytes(decimal.unscaledValue().toByteArray());
        };
    }
}
