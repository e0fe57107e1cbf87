package io.waltally.iceberg.column;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.types.Types;

/**
 * The schema of a table of changes follows that of the topic: columns are added and widened, never removed.
 *
 * <p>The comment of a column names its field, also after the column was renamed. So a field has several columns once its
 * type has changed, and each record is written to the one of its type.
 */
public final class TableColumns {
    private static final String COMMENT = "field %s of the topic";
    private static final Pattern COMMENTED = Pattern.compile("field (.+) of the topic");

    private TableColumns() {}

    /** Whether a table has a column for every field that has all its values, and whose comment names the field. */
    public static boolean fit(org.apache.iceberg.Schema table, Schema row) {
        return row.getFields().stream()
                .allMatch(field -> find(table, field)
                        .filter(column -> column.doc() != null)
                        .isPresent());
    }

    /** The column for the values of a field; empty if the field has none, or none of a type that has all values. */
    static Optional<Types.NestedField> find(org.apache.iceberg.Schema table, Schema.Field field) {
        ColumnType type = ColumnType.of(field.schema());
        return columnsOf(field.name(), table).stream()
                .filter(column -> type.widenedTo(column.type()) != null)
                .findFirst();
    }

    /** The one of the field's name comes first. */
    private static List<Types.NestedField> columnsOf(String field, org.apache.iceberg.Schema table) {
        return table.columns().stream()
                .filter(column -> !ChangeColumns.has(column.name()))
                .filter(column -> fieldOf(column).equals(field))
                .sorted(Comparator.comparing(column -> !column.name().equals(field)))
                .toList();
    }

    private static String fieldOf(Types.NestedField column) {
        Matcher commented = COMMENTED.matcher(column.doc() == null ? "" : column.doc());
        return commented.matches() ? commented.group(1) : column.name();
    }

    /**
     * Adds the columns of fields that a table does not have, and widens those whose fields were widened.
     *
     * @throws ColumnConflictException if a column is of a type that is neither that of its field nor can become it, has
     *     the values of another field, or has the name of one of the {@link ChangeColumns}
     */
    public static void update(org.apache.iceberg.Schema table, Schema row, UpdateSchema update) {
        for (Schema.Field field : row.getFields()) {
            if (ChangeColumns.has(field.name())) {
                throw new ColumnConflictException(
                        "column %s has the name of a column that this sink adds: rename it in the source"
                                .formatted(field.name()));
            }
            Optional<Types.NestedField> column = find(table, field);
            if (column.isEmpty()) {
                widenOrAdd(table, field, update);
            } else if (column.get().doc() == null) {
                update.updateColumnDoc(column.get().name(), COMMENT.formatted(field.name()));
            }
        }
    }

    private static void widenOrAdd(org.apache.iceberg.Schema table, Schema.Field field, UpdateSchema update) {
        ColumnType type = ColumnType.of(field.schema());
        Optional<Types.NestedField> narrow = columnsOf(field.name(), table).stream()
                .filter(column -> ColumnType.promotes(column.type(), type.type()))
                .findFirst();
        Types.NestedField named = table.findField(field.name());
        if (narrow.isPresent()) {
            update.updateColumn(narrow.get().name(), type.type().asPrimitiveType());
        } else if (named == null) {
            update.addColumn(field.name(), type.type(), COMMENT.formatted(field.name()));
        } else if (fieldOf(named).equals(field.name())) {
            throw new ColumnConflictException(
                    "column %s is %s in the table but %s in the topic, and Iceberg cannot convert between them: rename the column in the table, and this sink adds it with its new type"
                            .formatted(field.name(), named.type(), type.type()));
        } else {
            throw new ColumnConflictException(
                    "column %s of the table has the values of field %s: rename the column in the table, and this sink adds one for field %s"
                            .formatted(field.name(), fieldOf(named), field.name()));
        }
    }
}
