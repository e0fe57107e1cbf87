package io.waltally.sinks.replica.row;

import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;

/** Reads the names and parameters that Connect's converter writes into an Avro schema. */
final class ConnectSchema {
    private ConnectSchema() {}

    /** The schema of values that are not null. */
    static Schema valueOf(Schema schema) {
        return schema.isUnion()
                ? schema.getTypes().stream()
                        .filter(branch -> branch.getType() != Schema.Type.NULL)
                        .findFirst()
                        .orElseThrow()
                : schema;
    }

    /** Index of the branch of null; -1 if values are never null. */
    static int nullBranch(Schema schema) {
        if (schema.isUnion()) {
            for (int i = 0; i < schema.getTypes().size(); i++) {
                if (schema.getTypes().get(i).getType() == Schema.Type.NULL) {
                    return i;
                }
            }
        }
        return -1;
    }

    /** The semantic type, such as {@code io.debezium.time.Date}; empty if there is none. */
    static String name(Schema schema) {
        return Optional.ofNullable(schema.getProp("connect.name")).orElse("");
    }

    /** Connect's type where Avro has no such one, such as {@code int16}; empty if it is Avro's. */
    static String type(Schema schema) {
        return Optional.ofNullable(schema.getProp("connect.type")).orElse("");
    }

    /** A parameter of the semantic type. */
    static Optional<String> parameter(Schema schema, String name) {
        return schema.getObjectProp("connect.parameters") instanceof Map<?, ?> parameters
                ? Optional.ofNullable(parameters.get(name)).map(Object::toString)
                : Optional.empty();
    }
}
