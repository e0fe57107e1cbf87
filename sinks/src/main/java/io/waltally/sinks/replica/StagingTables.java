package io.waltally.sinks.replica;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Temporary tables with some columns of a table in the target. A session makes each of them once. */
final class StagingTables {
    /** Has the transaction lock the table, so that the types stay as they are. */
    private static final String TYPES = """
            SELECT string_agg(concat_ws(' ', attnum, atttypid, atttypmod, attcollation), ',' ORDER BY attnum)
            FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND NOT EXISTS (SELECT FROM %s LIMIT 0)
            """;

    private final Map<Shape, String> names = new HashMap<>();

    /** @param types of all columns of the table that is selected from; empty if there is none */
    private record Shape(String select, String types) {}

    /**
     * Returns the quoted name of an empty temporary table.
     *
     * @param table in the target, quoted
     */
    String emptied(Connection connection, String table, List<String> columns) throws SQLException {
        return emptied(
                connection, new Shape("SELECT " + Sql.names(columns) + " FROM " + table, types(connection, table)));
    }

    /** Returns the quoted name of an empty temporary table with columns of type {@code text}. */
    String emptiedTexts(Connection connection, List<String> columns) throws SQLException {
        String select = columns.stream()
                .map(column -> "NULL::text AS " + Sql.name(column))
                .collect(Collectors.joining(", ", "SELECT ", ""));
        return emptied(connection, new Shape(select, ""));
    }

    private static String types(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(TYPES.formatted(Sql.literal(table), table))) {
            row.next();
            return row.getString(1);
        }
    }

    private String emptied(Connection connection, Shape shape) throws SQLException {
        String name = names.computeIfAbsent(shape, added -> "pg_temp." + Sql.name("waltally_staging_" + names.size()));
        ReplicaTable.execute(
                connection,
                "CREATE TEMPORARY TABLE IF NOT EXISTS " + name.substring("pg_temp.".length())
                        + " ON COMMIT DELETE ROWS AS " + shape.select() + " WITH NO DATA; DELETE FROM " + name);
        return name;
    }
}
