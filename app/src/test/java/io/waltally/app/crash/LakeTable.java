package io.waltally.app.crash;

import io.waltally.iceberg.storage.FileTableOperations;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.io.CloseableIterable;

/**
 * An Iceberg table, read by DuckDB.
 *
 * @param directory of the table
 */
record LakeTable(Path directory) {
    /** The first column of a query on the view {@code changes}, which has the rows of the current snapshot. */
    List<String> query(String sql) throws SQLException, IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE VIEW changes AS SELECT * FROM read_parquet([" + files() + "], union_by_name = true)");
            List<String> values = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    values.add(rows.getString(1));
                }
            }
            return values;
        }
    }

    private String files() throws IOException {
        FileTableOperations operations = new FileTableOperations(directory, current -> {});
        operations.refresh();
        try (CloseableIterable<FileScanTask> tasks =
                new BaseTable(operations, directory.toString()).newScan().planFiles()) {
            List<String> files = new ArrayList<>();
            tasks.forEach(task -> files.add("'" + task.file().location() + "'"));
            return files.stream().collect(Collectors.joining(", "));
        }
    }
}
