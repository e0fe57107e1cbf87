package io.waltally.sinks.replica;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Temporary tables with some columns of a table in the target. A session makes each of them once. */
final class Staging {
    private record Shape(String table, List<String> columns) {}

    private final Map<Shape, String> names = new HashMap<>();

    /**
     * Returns the quoted name of an empty temporary table.
     *
     * @param table in the target, quoted
     */
    String emptied(Connection connection, String table, List<String> columns) throws SQLException {
        String name = names.computeIfAbsent(
                new Shape(table, columns), shape -> "pg_temp." + Sql.name("waltally_staging_" + names.size()));
        ReplicaTable.execute(
                connection,
                "CREATE TEMPORARY TABLE IF NOT EXISTS " + name.substring("pg_temp.".length())
                        + " ON COMMIT DELETE ROWS AS SELECT " + Sql.names(columns) + " FROM " + table
                        + " WITH NO DATA; DELETE FROM " + name);
        return name;
    }
}
