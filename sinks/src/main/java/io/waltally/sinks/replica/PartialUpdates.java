package io.waltally.sinks.replica;

import io.waltally.sinks.replica.row.RowPlan;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Updates rows from changes that omit unchanged TOASTed values; those columns keep their values in the target. Skips
 * rows whose target state is older than the state before the change.
 */
final class PartialUpdates {
    private final ReplicaTable table;
    private final StagingTables staging;
    private final CopyInto copies;
    private final IncompleteRows incomplete;
    private final DroppedRows dropped;

    PartialUpdates(
            ReplicaTable table,
            StagingTables staging,
            CopyInto copies,
            IncompleteRows incomplete,
            DroppedRows dropped) {
        this.dropped = dropped;
        this.incomplete = incomplete;
        this.table = table;
        this.staging = staging;
        this.copies = copies;
    }

    /**
     * Rows of one version of the schema that lack the same columns, and whose values are not in the target if created.
     */
    private record Group(RowPlan plan, BitSet unchanged, boolean created) {
        List<String> known() {
            List<String> columns = new ArrayList<>();
            for (int i = 0; i < plan.columns().size(); i++) {
                if (!unchanged.get(i)) {
                    columns.add(plan.columns().get(i).name());
                }
            }
            return columns;
        }
    }

    /** Updates rows, and notes those that the target lacks. */
    void write(Connection connection, RowPlan key, List<PartialRow> rows) throws SQLException, IOException {
        Map<Group, List<PartialRow>> groups = new LinkedHashMap<>();
        rows.forEach(row -> groups.computeIfAbsent(
                        new Group(row.plan(), row.unchanged(), row.created()), added -> new ArrayList<>())
                .add(row));
        for (Map.Entry<Group, List<PartialRow>> group : groups.entrySet()) {
            write(connection, key, group.getKey(), group.getValue());
        }
    }

    private void write(Connection connection, RowPlan key, Group group, List<PartialRow> rows)
            throws SQLException, IOException {
        List<String> keyColumns = key.names();
        List<String> columns = group.known();
        String staged = staging.emptied(connection, table.quoted(), columns);
        long count = copies.copy(connection, staged, columns, sender -> {
            for (PartialRow row : rows) {
                sender.add(row.known());
            }
        });
        if (group.created()) {
            long deleted = ReplicaTable.update(
                    connection,
                    "DELETE FROM " + table.quoted() + " t USING " + staged + " s WHERE " + Sql.same(keyColumns));
            dropped.requireDeleted(connection, new DroppedRows.Outcome(staged, count, deleted), keyColumns);
        }
        incomplete.recordMissing(connection, table, staged, keyColumns);
        String assignments = columns.stream()
                .filter(column -> !keyColumns.contains(column))
                .map(column -> Sql.name(column) + " = s." + Sql.name(column))
                .collect(Collectors.joining(", "));
        if (!assignments.isEmpty()) {
            String notNoted = incomplete.any(connection) ? " AND " + incomplete.isNotNoted(table, keyColumns) : "";
            long updated = ReplicaTable.update(
                    connection,
                    "UPDATE " + table.quoted() + " t SET " + assignments + " FROM " + staged + " s WHERE "
                            + Sql.same(keyColumns) + notNoted);
            dropped.requireUpdated(
                    connection, new DroppedRows.Outcome(staged, count, updated), keyColumns, columns, notNoted);
        }
    }
}
