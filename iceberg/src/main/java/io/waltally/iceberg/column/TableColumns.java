package io.waltally.iceberg.column;

import org.apache.avro.Schema;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** The schema of a table of changes follows that of the topic: columns are added and widened, never removed. */
public final class TableColumns {
    private TableColumns() {}

    /** Whether a table has a column for every field, and each has all values of the field. */
    public static boolean fit(org.apache.iceberg.Schema table, Schema row) {
        return row.getFields().stream().allMatch(field -> {
            Types.NestedField column = table.findField(field.name());
            return column != null && ColumnType.of(field.schema()).widenedTo(column.type()) != null;
        });
    }

    /**
     * Adds the columns of fields that a table does not have, and widens those whose fields were widened.
     *
     * @throws ColumnConflictException if a column is of a type that is neither that of its field nor can become it, or
     *     has the name of one of the {@link ChangeColumns}
     */
    public static void update(org.apache.iceberg.Schema table, Schema row, UpdateSchema update) {
        for (Schema.Field field : row.getFields()) {
            if (ChangeColumns.has(field.name())) {
                throw new ColumnConflictException(
                        "column %s has the name of a column that this sink adds: rename it in the source"
                                .formatted(field.name()));
            }
            ColumnType type = ColumnType.of(field.schema());
            Types.NestedField column = table.findField(field.name());
            if (column == null) {
                update.addColumn(field.name(), type.type());
            } else if (type.widenedTo(column.type()) == null) {
                widen(column, type.type(), update);
            }
        }
    }

    private static void widen(Types.NestedField column, Type type, UpdateSchema update) {
        if (!ColumnType.promotes(column.type(), type)) {
            throw new ColumnConflictException(
                    "column %s is %s in the table and %s in the topic, which Iceberg does not turn into each other: rename the column in the table, and this sink adds it with its new type"
                            .formatted(column.name(), column.type(), type));
        }
        update.updateColumn(column.name(), type.asPrimitiveType());
    }
}
