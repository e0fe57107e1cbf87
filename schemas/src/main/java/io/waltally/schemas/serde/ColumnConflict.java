package io.waltally.schemas.serde;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/**
 * A column whose written form a reader cannot read.
 *
 * @param description of the expected and the written type, to be printed after the column's name
 */
public record ColumnConflict(String column, String description) {
    /** The Connect schema name of a column's type, which Debezium gives every type with additional semantics. */
    private static final String CONNECT_NAME = "connect.name";

    /**
     * Property of a reader's column: all Connect names that it understands. Without it, the Avro type alone decides.
     */
    private static final String CONNECT_NAMES = "connect.names";

    /** Finds the conflicts between a writer and a reader schema; of envelopes, those of their rows. */
    public static List<ColumnConflict> between(Schema reader, Schema writer) {
        List<ColumnConflict> conflicts = new ArrayList<>();
        Schema from = row(writer);
        for (Schema.Field read : row(reader).getFields()) {
            Schema.Field written = from.getField(read.name());
            if (written == null) {
                if (!read.hasDefaultValue()) {
                    conflicts.add(
                            new ColumnConflict(read.name(), "is not there, and is read as " + describe(read.schema())));
                }
            } else if (!readable(read, written)) {
                conflicts.add(new ColumnConflict(
                        read.name(),
                        "is " + describe(written.schema()) + ", and is read as " + describe(read.schema())));
            }
        }
        return conflicts;
    }

    private static boolean readable(Schema.Field read, Schema.Field written) {
        return SchemaCompatibility.checkReaderWriterCompatibility(read.schema(), written.schema())
                                .getType()
                        == SchemaCompatibilityType.COMPATIBLE
                && understood(read, written.schema());
    }

    private static boolean understood(Schema.Field read, Schema written) {
        if (!(read.getObjectProp(CONNECT_NAMES) instanceof List<?> names)) {
            return true;
        }
        Object name = value(written).getObjectProp(CONNECT_NAME);
        return name == null || names.contains(name);
    }

    /** The row schema of an envelope; any other schema is returned as is. */
    public static Schema row(Schema schema) {
        Schema.Field after = schema.getField("after");
        return after != null && schema.getName().equals("Envelope") ? value(after.schema()) : schema;
    }

    private static Schema value(Schema schema) {
        return schema.isUnion()
                ? schema.getTypes().stream()
                        .filter(branch -> branch.getType() != Schema.Type.NULL)
                        .findFirst()
                        .orElse(schema)
                : schema;
    }

    /** A short description of a column's type. */
    public static String describe(Schema schema) {
        if (!schema.isUnion()) {
            return name(schema);
        }
        String types = String.join(
                " or ",
                schema.getTypes().stream()
                        .filter(branch -> branch.getType() != Schema.Type.NULL)
                        .map(ColumnConflict::name)
                        .toList());
        return schema.isNullable() ? "nullable " + types : types;
    }

    private static String name(Schema schema) {
        String type = schema.getType().getName();
        return schema.getObjectProp(CONNECT_NAME) instanceof String name ? type + " (" + name + ")" : type;
    }

    @Override
    public String toString() {
        return "column " + column + " " + description;
    }
}
