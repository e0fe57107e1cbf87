package io.waltally.connectors.capture.snapshot;

import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.schemas.Counted;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Validates a range of keys with the server's own types and order. */
public final class KeyRange {
    /**
     * SQLSTATE classes with which a cast refuses a value: data exceptions, integrity constraints of domains, syntax errors
     * and names of what does not exist (of extensions' and reg* types), and errors that functions of domains raise.
     */
    private static final List<String> VALUE_REFUSED = List.of("22", "23", "42", "P0");

    private final Connection connection;
    private final String table;
    private final List<KeyColumn> key;

    private record KeyColumn(String name, String type) {}

    private KeyRange(Connection connection, String table) throws SQLException {
        this.connection = connection;
        this.table = table;
        this.key = key();
    }

    /**
     * Validates the range in a session of its own.
     *
     * @param table of schema {@code public}
     * @param from first values of the primary key, inclusive; empty: from the beginning
     * @param to first values of the primary key, exclusive; empty: to the end
     * @throws IllegalArgumentException if a value does not fit its column, if there are too many, or if the range is
     *     empty
     */
    public static void require(DatabaseLogin database, String table, List<String> from, List<String> to)
            throws SQLException {
        if (from.isEmpty() && to.isEmpty()) {
            return;
        }
        try (Connection connection = database.connect()) {
            KeyRange range = new KeyRange(connection, table);
            range.requireValues("from", from);
            range.requireValues("to", to);
            if (!from.isEmpty() && !to.isEmpty()) {
                range.requireOrder(from, to);
            }
        }
    }

    private List<KeyColumn> key() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT a.attname, format_type(a.atttypid, a.atttypmod)
                FROM pg_class c
                JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
                CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
                WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ? AND k.place <= i.indnkeyatts
                ORDER BY k.place""")) {
            statement.setString(1, table);
            List<KeyColumn> columns = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(new KeyColumn(rows.getString(1), rows.getString(2)));
                }
            }
            return columns;
        }
    }

    private void requireValues(String bound, List<String> values) throws SQLException {
        if (values.size() > key.size()) {
            throw new IllegalArgumentException(
                    bound + " has " + Counted.of(values.size(), "value") + ", but the primary key of " + table + " has "
                            + Counted.of(key.size(), "column") + ": " + columns(key));
        }
        for (int i = 0; i < values.size(); i++) {
            try (PreparedStatement statement = connection.prepareStatement("SELECT " + cast(key.get(i)))) {
                statement.setString(1, values.get(i));
                statement.executeQuery().close();
            } catch (SQLException e) {
                if (e.getSQLState() == null || VALUE_REFUSED.stream().noneMatch(e.getSQLState()::startsWith)) {
                    throw e;
                }
                throw new IllegalArgumentException(
                        bound + " is no value of column " + columns(key.subList(i, i + 1)) + " of " + table + ": "
                                + e.getMessage().lines().findFirst().orElseThrow(),
                        e);
            }
        }
    }

    /** A bound with fewer columns than the key sorts before all keys that begin with it. */
    private void requireOrder(List<String> from, List<String> to) throws SQLException {
        List<KeyColumn> compared = key.subList(0, Math.min(from.size(), to.size()));
        String row = compared.stream().map(KeyRange::cast).collect(Collectors.joining(", ", "ROW(", ")"));
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + row + " < " + row + " OR (" + row
                + " = " + row + " AND " + (to.size() > from.size()) + ")")) {
            int parameter = 1;
            for (List<String> bound : List.of(from, to, from, to)) {
                for (String value : bound.subList(0, compared.size())) {
                    statement.setString(parameter++, value);
                }
            }
            try (ResultSet ordered = statement.executeQuery()) {
                ordered.next();
                if (!ordered.getBoolean(1)) {
                    throw new IllegalArgumentException("no key of " + table + " is in the range from "
                            + String.join(", ", from) + " to " + String.join(", ", to)
                            + ": from is inclusive and has to come before to");
                }
            }
        }
    }

    private static String cast(KeyColumn column) {
        return "CAST(? AS " + column.type() + ")";
    }

    private static String columns(List<KeyColumn> columns) {
        return columns.stream()
                .map(column -> column.name() + " (" + column.type() + ")")
                .collect(Collectors.joining(", "));
    }
}
