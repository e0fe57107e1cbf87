package io.waltally.iceberg;

import io.waltally.iceberg.change.ChangePosition;
import io.waltally.iceberg.storage.FileTableOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** Reads the tables of a warehouse, with Iceberg's reader and with DuckDB. */
record Lake(Path warehouse) {
    Table table(String source, String table) {
        FileTableOperations operations =
                new FileTableOperations(warehouse.resolve(source).resolve(table), current -> {});
        operations.refresh();
        return new BaseTable(operations, table);
    }

    /** The rows of a table, by Iceberg's reader. */
    static List<Record> rows(Table table) {
        List<Record> rows = new ArrayList<>();
        try (CloseableIterable<Record> read = IcebergGenerics.read(table).build()) {
            read.forEach(row -> rows.add(row.copy()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    /** The data files of the current snapshot. */
    static List<String> files(Table table) {
        List<String> files = new ArrayList<>();
        try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
            tasks.forEach(task -> files.add(task.file().location()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    /**
     * The rows of a query in DuckDB, each as text, where the views are the current snapshots of tables.
     *
     * @param statements before the query
     */
    static List<List<String>> duckdb(Map<String, Table> views, List<String> statements, String query)
            throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            for (Map.Entry<String, Table> view : views.entrySet()) {
                String files = files(view.getValue()).stream()
                        .map(file -> "'" + file.replace("'", "''") + "'")
                        .collect(Collectors.joining(", "));
                statement.execute("CREATE VIEW %s AS SELECT * FROM read_parquet([%s], union_by_name = true)"
                        .formatted(view.getKey(), files));
            }
            for (String sql : statements) {
                statement.execute(sql);
            }
            List<List<String>> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery(query)) {
                while (result.next()) {
                    List<String> row = new ArrayList<>();
                    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                        row.add(String.valueOf(result.getObject(i)));
                    }
                    rows.add(row);
                }
            }
            return rows;
        }
    }

    /** Place, op and key of a row. */
    static String change(Record row) {
        ChangePosition place = new ChangePosition(
                (int) row.getField("_epoch"), (long) row.getField("_seq"), (long) row.getField("_position"));
        return place + " " + row.getField("_op") + " " + row.getField("id");
    }

    /** The view that docs/sinks.md shows. */
    static List<String> currentRows(Table table) throws SQLException {
        return Lake.duckdb(
                        Map.of("changes", table),
                        List.of("""
                                CREATE VIEW current_rows AS
                                SELECT id, size, payload.value AS payload FROM (
                                  SELECT id,
                                    arg_max(_op, row(_epoch, _seq, _position)) AS op,
                                    arg_max({'value': size}, row(_epoch, _seq, _position)).value AS size,
                                    arg_max({'value': payload}, row(_epoch, _seq, _position))
                                      FILTER (NOT list_contains(coalesce(_unchanged, []), 'payload')) AS payload
                                  FROM changes GROUP BY id)
                                WHERE op <> 'd'
                                """),
                        "SELECT id || ' ' || size || ' ' || payload FROM current_rows ORDER BY id")
                .stream()
                .map(row -> row.get(0))
                .toList();
    }
}
