package io.waltally.sinks.tally;

import io.waltally.sinks.jdbc.LoggedTables;
import io.waltally.sinks.jdbc.SinkLogin;
import io.waltally.sinks.target.TargetException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Checks the prerequisites for writing tallies: waltally's and the application's tables, and privileges on them. */
final class TallyPrerequisites {
    private static final String RELATIONS = """
            SELECT r.name,
                   c.oid IS NOT NULL,
                   coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
                       AND (c.relkind = 'v' OR has_table_privilege(c.oid, 'INSERT')
                            AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')), false)
            FROM unnest(?::text[]) WITH ORDINALITY AS r (name, place)
            LEFT JOIN pg_namespace n ON n.nspname = 'waltally'
            LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = r.name AND c.relkind IN ('r', 'p', 'v')
            ORDER BY r.place
            """;
    private static final String COLUMNS = """
            SELECT a.attname,
                   format_type(a.atttypid, NULL),
                   has_column_privilege(c.oid, a.attnum, 'SELECT'),
                   has_column_privilege(c.oid, a.attnum, 'UPDATE')
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')
            """;
    private static final String HIDES_ROWS = """
            SELECT row_security_active(c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relname = ?
            """;

    private static final String MIGRATE = "run waltally migrate";

    private final String sink;
    private final SinkLogin login;
    private final TallyMode mode;
    private final TallyTable<?, ?> table;

    TallyPrerequisites(String sink, SinkLogin login, TallyMode mode, TallyTable<?, ?> table) {
        this.sink = sink;
        this.login = login;
        this.mode = mode;
        this.table = table;
    }

    private record Column(String type, boolean readable, boolean writable) {}

    /**
     * Checks all.
     *
     * @return the counters that the application's table has
     * @throws TargetException if something is missing; its message says what to do
     */
    List<String> require(Connection connection) throws SQLException {
        requireRelations(connection);
        requireShadowColumns(connection);
        LoggedTables.require(connection, login, List.of(table.shadow(), table.driftSince()));
        Map<String, Column> application = columns(connection, "public");
        requireApplicationTable(connection, application);
        return table.counterNames().stream().filter(application::containsKey).toList();
    }

    private void requireRelations(Connection connection) throws SQLException {
        Object[] names = Stream.of(
                        "waltally.sinks",
                        "waltally.sink_positions",
                        table.shadow(),
                        table.driftSince(),
                        table.driftView())
                .map(name -> name.substring("waltally.".length()))
                .toArray();
        try (PreparedStatement statement = connection.prepareStatement(RELATIONS)) {
            statement.setArray(1, connection.createArrayOf("text", names));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String name = "waltally." + rows.getString(1);
                    if (!rows.getBoolean(2)) {
                        throw failure("%s does not exist".formatted(name), MIGRATE);
                    }
                    if (!rows.getBoolean(3)) {
                        throw failure("role %s may not read and write %s".formatted(login.user(), name), MIGRATE);
                    }
                }
            }
        }
    }

    private void requireShadowColumns(Connection connection) throws SQLException {
        Map<String, Column> columns = columns(connection, "waltally");
        for (TallyColumn<?> column :
                Stream.concat(table.key().stream(), table.values().stream()).toList()) {
            requireType(columns, table.shadow(), column, "it is not the table that waltally migrate makes");
        }
    }

    private void requireApplicationTable(Connection connection, Map<String, Column> columns) throws SQLException {
        if (columns.isEmpty()) {
            throw failure("the application's table %s does not exist".formatted(table.application()));
        }
        for (TallyColumn<?> column : table.key()) {
            requireType(columns, table.application(), column, "it is not the application's table");
        }
        // The drift view reads whole rows.
        if (columns.values().stream().anyMatch(column -> !column.readable())) {
            throw failure(
                    "role %s may not read %s".formatted(login.user(), table.application()),
                    MIGRATE + ", or GRANT SELECT ON %s TO \"%s\"".formatted(table.application(), login.user()));
        }
        requireNoRowSecurity(connection);
        if (mode == TallyMode.AUTHORITATIVE) {
            requireWritable(columns);
        }
    }

    private void requireWritable(Map<String, Column> columns) {
        String noCounters = "sink %s cannot write it; set its mode to shadow".formatted(sink);
        for (TallyColumn<?> counter : table.counters()) {
            requireType(columns, table.application(), counter, noCounters);
        }
        List<String> written = Stream.concat(table.counterNames().stream(), table.updatedAtColumn().stream())
                .toList();
        for (String name : written) {
            Column column = columns.get(name);
            if (column == null) {
                throw failure("%s has no column %s: %s".formatted(table.application(), name, noCounters));
            }
            if (!column.writable()) {
                throw failure(
                        "role %s may not update %s of %s".formatted(login.user(), name, table.application()),
                        MIGRATE
                                + ", or GRANT UPDATE (%s) ON %s TO \"%s\""
                                        .formatted(String.join(", ", written), table.application(), login.user()));
            }
        }
    }

    private void requireNoRowSecurity(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HIDES_ROWS)) {
            statement.setString(1, table.name());
            try (ResultSet rows = statement.executeQuery()) {
                if (rows.next() && rows.getBoolean(1)) {
                    throw failure(
                            "row security of %s hides rows from role %s".formatted(table.application(), login.user()),
                            "ALTER ROLE \"%s\" BYPASSRLS".formatted(login.user()));
                }
            }
        }
    }

    private void requireType(Map<String, Column> columns, String relation, TallyColumn<?> column, String consequence) {
        String expected = column.type().equals("timestamptz") ? "timestamp with time zone" : column.type();
        String actual = Optional.ofNullable(columns.get(column.name()))
                .map(Column::type)
                .orElse(null);
        if (actual == null) {
            throw failure("%s has no column %s: %s".formatted(relation, column.name(), consequence));
        }
        if (!actual.equals(expected)) {
            throw failure("column %s of %s is %s instead of %s: %s"
                    .formatted(column.name(), relation, actual, expected, consequence));
        }
    }

    private Map<String, Column> columns(Connection connection, String schema) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, schema);
            statement.setString(2, table.name());
            Map<String, Column> columns = new HashMap<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.put(
                            rows.getString(1), new Column(rows.getString(2), rows.getBoolean(3), rows.getBoolean(4)));
                }
            }
            return columns;
        }
    }

    private TargetException failure(String problem, String remedy) {
        return TargetException.misconfigured(login.address() + ": " + problem, remedy);
    }

    private TargetException failure(String problem) {
        return new TargetException(TargetException.Kind.MISCONFIGURED, login.address() + ": " + problem);
    }
}
