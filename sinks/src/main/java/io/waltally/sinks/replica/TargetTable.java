package io.waltally.sinks.replica;

import io.waltally.sinks.jdbc.LoggedTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A table in the target, as the target's system catalogue describes it.
 *
 * @param table whether it is a table, not a view or another relation
 * @param owned whether the sink's role may alter it
 * @param missingPrivileges of those that the sink needs
 * @param hidesRows whether row security hides rows from the sink's role
 * @param unlogged the table, or those of its partitions, that a crash of the server empties; quoted
 * @param uniqueKeys the sets of columns that identify a row
 */
record TargetTable(
        boolean table,
        boolean owned,
        List<String> missingPrivileges,
        boolean hidesRows,
        List<String> unlogged,
        Map<String, TargetColumn> columns,
        Set<Set<String>> uniqueKeys) {
    private static final String TABLE = """
            SELECT c.oid, c.relkind IN ('r', 'p'), pg_has_role(c.relowner, 'USAGE'),
                array(SELECT p FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) p
                      WHERE NOT has_table_privilege(c.oid, p)),
                row_security_active(c.oid) AND NOT (
                    EXISTS (SELECT FROM pg_policy p
                            WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
                              AND pg_get_expr(p.polqual, c.oid) = 'true'
                              AND coalesce(pg_get_expr(p.polwithcheck, c.oid), 'true') = 'true'
                              AND EXISTS (SELECT FROM unnest(p.polroles) r
                                          WHERE CASE WHEN r = 0 THEN true ELSE pg_has_role(r, 'USAGE') END))
                    AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive))
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ?
            """;
    private static final String COLUMNS = """
            SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(e.typname, b.typname), e.oid IS NOT NULL,
                b.typcategory, coalesce(nullif(a.atttypmod, -1), nullif(t.typtypmod, -1), -1), a.attnotnull,
                a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a',
                coalesce((SELECT collisdeterministic FROM pg_collation WHERE oid = a.attcollation), true)
            FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            JOIN pg_type b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
            LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
            WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """;
    private static final String UNIQUE_KEYS = """
            SELECT array_agg(a.attname::text)
            FROM pg_index i
            CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, n)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = ? AND i.indisunique AND i.indisvalid AND i.indimmediate
              AND i.indpred IS NULL AND i.indexprs IS NULL AND k.n <= i.indnkeyatts
            GROUP BY i.indexrelid
            """;

    /** Empty if there is no such table. */
    static Optional<TargetTable> read(Connection connection, String schema, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
            statement.setString(1, schema);
            statement.setString(2, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                long oid = row.getLong(1);
                return Optional.of(new TargetTable(
                        row.getBoolean(2),
                        row.getBoolean(3),
                        List.of((String[]) row.getArray(4).getArray()),
                        row.getBoolean(5),
                        LoggedTables.unlogged(connection, List.of(Sql.name(schema, name))),
                        columns(connection, oid),
                        uniqueKeys(connection, oid)));
            }
        }
    }

    private static Map<String, TargetColumn> columns(Connection connection, long oid) throws SQLException {
        Map<String, TargetColumn> columns = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.put(
                            rows.getString(1),
                            new TargetColumn(
                                    rows.getString(1),
                                    rows.getString(2),
                                    rows.getString(3),
                                    rows.getBoolean(4),
                                    rows.getString(5).charAt(0),
                                    rows.getInt(6),
                                    rows.getBoolean(7),
                                    rows.getBoolean(8),
                                    rows.getBoolean(9),
                                    rows.getBoolean(10)));
                }
            }
        }
        return columns;
    }

    private static Set<Set<String>> uniqueKeys(Connection connection, long oid) throws SQLException {
        Set<Set<String>> keys = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(UNIQUE_KEYS)) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    keys.add(Set.of((String[]) rows.getArray(1).getArray()));
                }
            }
        }
        return keys;
    }
}
