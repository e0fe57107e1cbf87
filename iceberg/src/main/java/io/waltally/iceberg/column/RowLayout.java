package io.waltally.iceberg.column;

import io.waltally.iceberg.change.ChangelogRow;
import io.waltally.iceberg.change.UnchangedToast;
import io.waltally.schemas.Operation;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/** Makes rows of a table of changes from Avro records of one schema. */
public final class RowLayout {
    private final org.apache.iceberg.Schema table;
    private final List<Column> columns = new ArrayList<>();
    private final int op;
    private final int epoch;
    private final int sequence;
    private final int position;
    private final int transactionId;
    private final int committedAt;
    private final int unchanged;
    private final int unrepresentable;

    private record Column(String field, String name, int from, int to, ColumnType type) {}

    /**
     * @param table that {@link TableColumns#fit} says has columns for the fields
     * @param row schema of the row, or of its key
     */
    public RowLayout(org.apache.iceberg.Schema table, Schema row) {
        this.table = table;
        List<String> names =
                table.columns().stream().map(Types.NestedField::name).toList();
        for (Schema.Field field : row.getFields()) {
            Types.NestedField column = TableColumns.find(table, field)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "no column of the table has all values of field " + field.name()));
            ColumnType type = ColumnType.of(field.schema()).widenedTo(column.type());
            columns.add(new Column(field.name(), column.name(), field.pos(), names.indexOf(column.name()), type));
        }
        op = names.indexOf(ChangeColumns.OP);
        epoch = names.indexOf(ChangeColumns.EPOCH);
        sequence = names.indexOf(ChangeColumns.SEQUENCE);
        position = names.indexOf(ChangeColumns.POSITION);
        transactionId = names.indexOf(ChangeColumns.TRANSACTION_ID);
        committedAt = names.indexOf(ChangeColumns.COMMITTED_AT);
        unchanged = names.indexOf(ChangeColumns.UNCHANGED);
        unrepresentable = names.indexOf(ChangeColumns.UNREPRESENTABLE);
    }

    /** @param change whose columns have the schema of this layout */
    public Record row(ChangelogRow change) {
        GenericRecord row = GenericRecord.create(table);
        row.set(op, change.operation().code());
        row.set(epoch, change.place().epoch());
        row.set(sequence, change.place().sequence());
        row.set(position, change.place().position());
        row.set(transactionId, change.transactionId());
        row.set(committedAt, change.committedAt().atOffset(ZoneOffset.UTC));
        List<String> same = new ArrayList<>();
        Map<String, String> texts = new HashMap<>();
        change.unrepresentable().forEach((field, text) -> {
            if (UnchangedToast.isText(text)) {
                same.add(name(field));
            } else {
                texts.put(name(field), text);
            }
        });
        boolean mayOmit = change.operation() == Operation.UPDATE;
        for (Column column : columns) {
            Object value = change.columns().get(column.from);
            if (mayOmit && UnchangedToast.is(value)) {
                same.add(column.name);
            } else {
                row.set(column.to, convert(column, value, texts));
            }
        }
        row.set(unchanged, same.isEmpty() ? null : same);
        row.set(unrepresentable, texts.isEmpty() ? null : texts);
        return row;
    }

    private String name(String field) {
        return columns.stream()
                .filter(column -> column.field.equals(field))
                .map(Column::name)
                .findFirst()
                .orElse(field);
    }

    private static @Nullable Object convert(Column column, @Nullable Object value, Map<String, String> texts) {
        try {
            return column.type.convert(value);
        } catch (UnrepresentableException e) {
            texts.put(column.name, e.getMessage());
            return null;
        }
    }
}
