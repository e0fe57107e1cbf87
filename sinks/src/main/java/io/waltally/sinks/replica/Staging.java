package io.waltally.sinks.replica;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Temporary tables with some columns of a table in the target. A session makes each of them once. */
final class Staging {
    private final Map<String, String> names = new HashMap<>();

    /**
     * Returns the quoted name of an empty temporary table.
     *
     * @param table in the target, quoted
     */
    String emptied(Connection connection, String table, List<String> columns) throws SQLException {
        return emptied(connection, "SELECT " + Sql.names(columns) + " FROM " + table);
    }

    /** Returns the quoted name of an empty temporary table with columns of type {@code text}. */
    String emptiedTexts(Connection connection, List<String> columns) throws SQLException {
        return emptied(
                connection,
                columns.stream()
                        .map(column -> "NULL::text AS " + Sql.name(column))
                        .collect(Collectors.joining(", ", "SELECT ", "")));
    }

    private String emptied(Connection connection, String shape) throws SQLException {
        String name = names.computeIfAbsent(shape, added -> "pg_temp." + Sql.name("waltally_staging_" + names.size()));
        ReplicaTable.execute(
                connection,
                "CREATE TEMPORARY TABLE IF NOT EXISTS " + name.substring("pg_temp.".length())
                        + " ON COMMIT DELETE ROWS AS " + shape + " WITH NO DATA; DELETE FROM " + name);
        return name;
    }
}
