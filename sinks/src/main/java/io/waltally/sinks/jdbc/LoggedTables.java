package io.waltally.sinks.jdbc;

import io.waltally.sinks.target.TargetException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Refuses unlogged tables. A crash of the server empties them, and not the tables beside them: positions would be ahead
 * of rows that are gone, or the other way round.
 */
public final class LoggedTables {
    /** With the partitions of a partitioned table. */
    private static final String UNLOGGED = """
            SELECT p.oid::regclass::text
            FROM unnest(?::text[]) AS named (name)
            JOIN pg_class c ON c.oid = to_regclass(named.name)
            JOIN pg_class p ON p.oid = c.oid OR p.oid IN (SELECT relid FROM pg_partition_tree(c.oid))
            WHERE p.relpersistence <> 'p' AND p.relkind = 'r'
            ORDER BY 1
            """;

    private LoggedTables() {}

    /**
     * The tables that a crash would empty, quoted as in statements.
     *
     * @param tables with their schemas, quoted where necessary; those that do not exist are passed over
     */
    public static List<String> unlogged(Connection connection, Collection<String> tables) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UNLOGGED)) {
            statement.setArray(1, connection.createArrayOf("text", tables.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                List<String> unlogged = new ArrayList<>();
                while (rows.next()) {
                    unlogged.add(rows.getString(1));
                }
                return unlogged;
            }
        }
    }

    /**
     * Checks tables.
     *
     * @throws TargetException MISCONFIGURED if one is unlogged
     */
    public static void require(Connection connection, SinkLogin login, Collection<String> tables) throws SQLException {
        List<String> unlogged = unlogged(connection, tables);
        if (!unlogged.isEmpty()) {
            throw new TargetException(TargetException.Kind.MISCONFIGURED, login.address() + ": " + problem(unlogged));
        }
    }

    /** The problem with unlogged tables, and the statements that solve it. */
    public static String problem(Collection<String> unlogged) {
        return "a crash of the server would empty unlogged tables: "
                + unlogged.stream()
                        .map(table -> "ALTER TABLE " + table + " SET LOGGED")
                        .collect(Collectors.joining("; "));
    }
}
