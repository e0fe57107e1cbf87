package io.waltally.sinks.tally;

import io.waltally.sinks.jdbc.LongStatements;
import io.waltally.sinks.target.TargetException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** SQL statements of a tally table. Each handles any number of rows, and writes only rows that differ. */
final class TallyStatements<K, V> {
    private final TallyTable<K, V> table;
    private final String key;
    private final String drifts;
    private final String delete;
    private final String upsert;

    /** @param comparable the counters that the application's table has */
    TallyStatements(TallyTable<K, V> table, List<String> comparable) {
        this.table = table;
        drifts = comparable.isEmpty()
                ? "false"
                : comparable.stream().map(name -> "a." + name + " <> s." + name).collect(Collectors.joining(" OR "));
        key = String.join(", ", table.keyNames());
        delete = "DELETE FROM %s AS s USING unnest(%s) AS gone (%s) WHERE %s = %s"
                .formatted(
                        table.shadow(),
                        arrays(table.key()),
                        key,
                        row("s", table.keyNames()),
                        row("gone", table.keyNames()));
        upsert = upsert(table.values().stream().map(TallyColumn::name).toList());
    }

    private String upsert(List<String> values) {
        List<String> position = List.of("applied_epoch", "applied_lsn");
        return """
                INSERT INTO %1$s AS s (%2$s, %3$s, updated_at)
                SELECT %2$s, %3$s, now() FROM unnest(%4$s, %5$s) AS latest (%2$s, %3$s)
                ON CONFLICT (%2$s) DO UPDATE SET (%3$s, updated_at) = ROW (%6$s, now())
                WHERE %7$s <= %8$s AND %9$s IS DISTINCT FROM %10$s
                """.formatted(
                        table.shadow(),
                        key,
                        String.join(", ", values),
                        arrays(table.key()),
                        arrays(table.values()),
                        columns("excluded", values),
                        row("s", position),
                        row("excluded", position),
                        row("s", values),
                        row("excluded", values));
    }

    private static String arrays(List<? extends TallyColumn<?>> columns) {
        return columns.stream().map(column -> "?::" + column.type() + "[]").collect(Collectors.joining(", "));
    }

    private static String columns(String alias, List<String> names) {
        return names.stream().map(name -> alias + "." + name).collect(Collectors.joining(", "));
    }

    private static String row(String alias, List<String> names) {
        return "ROW (" + columns(alias, names) + ")";
    }

    /** Deletes rows of waltally's table. */
    long delete(Connection connection, Collection<K> keys) throws SQLException {
        if (keys.isEmpty()) {
            return 0;
        }
        try (PreparedStatement statement = connection.prepareStatement(delete)) {
            new KeySelection.Listed<>(table.key(), keys).bind(statement, 1, 0);
            return statement.executeUpdate();
        }
    }

    /** Writes tallies into waltally's table, but none that is older than what the table has. */
    long upsert(Connection connection, Map<K, V> tallies) throws SQLException {
        if (tallies.isEmpty()) {
            return 0;
        }
        try (PreparedStatement statement = connection.prepareStatement(upsert)) {
            int next = new KeySelection.Listed<>(table.key(), tallies.keySet()).bind(statement, 1, 0);
            for (TallyColumn<V> column : table.values()) {
                statement.setArray(next++, column.array(connection, tallies.values()));
            }
            return statement.executeUpdate();
        }
    }

    /**
     * Gives the application's rows the counters of waltally's table where they differ. Both rows are locked first, in
     * the order of the keys, so that neither another instance nor the application can come in between.
     *
     * @param skipLocked leave out rows that another session has locked, instead of waiting for it
     */
    long assertCounters(Connection connection, KeySelection scope, boolean skipLocked) throws SQLException {
        List<String> counters = table.counterNames();
        String assignments = Stream.concat(
                        counters.stream().map(name -> name + " = due." + name),
                        table.updatedAtColumn().map(name -> name + " = now()").stream())
                .collect(Collectors.joining(", "));
        return assertCounters(connection, scope, """
                WITH due AS (
                    SELECT %1$s, %2$s
                    FROM %3$s JOIN %4$s AS a USING (%5$s)
                    WHERE %6$s AND %7$s AND %8$s IS DISTINCT FROM %9$s
                    ORDER BY %1$s
                    FOR NO KEY UPDATE OF s, a %10$s
                ), written AS (
                    UPDATE %4$s AS a SET %11$s FROM due WHERE %12$s = %13$s
                    RETURNING %8$s IS NOT DISTINCT FROM %14$s AS kept
                )
                SELECT (SELECT count(*) FROM due), count(*) FILTER (WHERE kept) FROM written
                """.formatted(
                        columns("s", table.keyNames()),
                        columns("s", counters),
                        scope.from(table.shadow(), "s"),
                        table.application(),
                        key,
                        scope.where("s"),
                        scope.where("a"),
                        row("a", counters),
                        row("s", counters),
                        skipLocked ? "SKIP LOCKED" : "",
                        assignments,
                        row("a", table.keyNames()),
                        row("due", table.keyNames()),
                        row("due", counters)));
    }

    /** @throws TargetException MISCONFIGURED if the application's table does not take the counters */
    private long assertCounters(Connection connection, KeySelection scope, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            scope.bind(statement, 1, 2);
            try (ResultSet counts = statement.executeQuery()) {
                counts.next();
                long due = counts.getLong(1);
                long kept = counts.getLong(2);
                if (kept < due) {
                    throw new TargetException(
                            TargetException.Kind.MISCONFIGURED,
                            ("%s does not keep the counters that were written to %d of %d rows: a trigger or rule of the"
                                            + " table changes or drops them; let it pass what role %s writes")
                                    .formatted(
                                            table.application(),
                                            due - kept,
                                            due,
                                            connection.getMetaData().getUserName()));
                }
                return kept;
            }
        }
    }

    /** Notes since when counters differ, and forgets those that agree again. */
    void recordDrift(Connection connection, KeySelection scope) throws SQLException {
        update(connection, scope, """
                INSERT INTO %1$s (%2$s)
                SELECT %3$s
                FROM %4$s JOIN %5$s AS a USING (%2$s) LEFT JOIN %1$s AS d USING (%2$s)
                WHERE %6$s AND %7$s AND (%8$s) AND d.since IS NULL
                ORDER BY %3$s
                ON CONFLICT DO NOTHING
                """.formatted(
                        table.driftSince(),
                        key,
                        columns("s", table.keyNames()),
                        scope.from(table.shadow(), "s"),
                        table.application(),
                        scope.where("s"),
                        scope.where("a"),
                        drifts));
        update(connection, scope, """
                DELETE FROM %1$s AS d
                USING (
                    SELECT %2$s
                    FROM %3$s LEFT JOIN (%4$s AS s JOIN %5$s AS a USING (%6$s)) ON (%7$s) = (%2$s) AND %8$s
                    WHERE %9$s AND (%10$s) IS NOT TRUE
                ) AS resolved
                WHERE %11$s = %12$s
                """.formatted(
                        table.driftSince(),
                        columns("x", table.keyNames()),
                        scope.from(table.driftSince(), "x"),
                        table.shadow(),
                        table.application(),
                        key,
                        columns("s", table.keyNames()),
                        scope.where("s"),
                        scope.where("x"),
                        drifts,
                        row("d", table.keyNames()),
                        row("resolved", table.keyNames())));
    }

    /** Runs a statement that has the scope's relation once, and its condition twice. */
    private static long update(Connection connection, KeySelection scope, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            scope.bind(statement, 1, 2);
            return statement.executeUpdate();
        }
    }

    /**
     * The last of the next keys of waltally's table.
     *
     * @param after exclusive; empty to begin with the first key
     * @return empty if there are no more than so many
     */
    Optional<List<Object>> lastOfNext(Connection connection, Optional<List<Object>> after, int rows)
            throws SQLException {
        KeySelection.Range rest = new KeySelection.Range(table.key(), after, Optional.empty());
        String sql = "SELECT %s FROM %s WHERE %s ORDER BY %s OFFSET ? LIMIT 1"
                .formatted(key, rest.from(table.shadow(), "s"), rest.where("s"), key);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(rest.bind(statement, 1, 1), rows - 1);
            try (ResultSet found = statement.executeQuery()) {
                if (!found.next()) {
                    return Optional.empty();
                }
                List<Object> last = new ArrayList<>();
                for (int i = 1; i <= table.key().size(); i++) {
                    last.add(found.getObject(i));
                }
                return Optional.of(last);
            }
        }
    }

    boolean hasRows(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT FROM " + table.shadow() + ")")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /** Empties waltally's tables, however long it takes. */
    void clear(Connection connection) throws SQLException {
        LongStatements.execute(
                connection, List.of("DELETE FROM " + table.driftSince(), "DELETE FROM " + table.shadow()));
    }
}
