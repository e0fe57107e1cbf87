package io.waltally.sinks.replica;

import io.waltally.sinks.target.TargetException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Notices changes that a table does not take although it reports no error: a trigger or a rule drops them. Asks the server
 * only if a statement has changed fewer rows than were staged, which may have other reasons.
 */
final class DroppedRows {
    private static final String CULPRITS = """
            SELECT string_agg(name, ', ' ORDER BY name)
            FROM (SELECT 'trigger ' || quote_ident(tgname) AS name FROM pg_trigger
                  WHERE tgrelid = to_regclass(?) AND NOT tgisinternal AND tgenabled IN ('O', 'A')
                    AND tgtype::integer & 3 = 3
                  UNION ALL
                  SELECT 'rule ' || quote_ident(rulename) FROM pg_rewrite WHERE ev_class = to_regclass(?)) AS culprits
            """;

    private final ReplicaTable table;

    DroppedRows(ReplicaTable table) {
        this.table = table;
    }

    /** Rows that were staged, and how many of them a statement has changed. */
    record Outcome(String staged, long rows, long changed) {}

    /** @throws TargetException MISCONFIGURED if the table lacks staged rows, or has them with other values */
    void requireWritten(Connection connection, Outcome outcome, List<String> keyColumns, List<String> columns)
            throws SQLException {
        require(
                connection,
                outcome,
                "LEFT JOIN " + table.quoted() + " t ON " + Sql.same(keyColumns) + " WHERE t."
                        + Sql.name(keyColumns.get(0)) + " IS NULL OR " + differ(columns));
    }

    /**
     * Checks an update.
     *
     * @param condition of the rows that it changes
     * @throws TargetException MISCONFIGURED if the table has other values in rows that were to be updated
     */
    void requireUpdated(
            Connection connection, Outcome outcome, List<String> keyColumns, List<String> columns, String condition)
            throws SQLException {
        require(
                connection,
                outcome,
                "JOIN " + table.quoted() + " t ON " + Sql.same(keyColumns) + " WHERE (" + differ(columns) + ")"
                        + condition);
    }

    /** @throws TargetException MISCONFIGURED if the table still has rows that were to be deleted */
    void requireDeleted(Connection connection, Outcome outcome, List<String> keyColumns) throws SQLException {
        require(connection, outcome, "JOIN " + table.quoted() + " t ON " + Sql.same(keyColumns));
    }

    /** As texts, since not every type has an equality. */
    private static String differ(List<String> columns) {
        return columns.stream()
                .map(Sql::name)
                .map(column -> "t." + column + "::text IS DISTINCT FROM s." + column + "::text")
                .collect(Collectors.joining(" OR "));
    }

    private void require(Connection connection, Outcome outcome, String dropped) throws SQLException {
        if (outcome.changed() >= outcome.rows()) {
            return;
        }
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT count(*) FROM " + outcome.staged() + " s " + dropped);
                ResultSet row = statement.executeQuery()) {
            row.next();
            long count = row.getLong(1);
            if (count > 0) {
                throw new TargetException(
                        TargetException.Kind.MISCONFIGURED,
                        ("table %s did not take %d of %d changes, and reported no error: %s drops them. Let pass what"
                                        + " the sink writes")
                                .formatted(
                                        table.quoted(),
                                        count,
                                        outcome.rows(),
                                        culprits(connection).orElse("a trigger or rule")));
            }
        }
    }

    private Optional<String> culprits(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CULPRITS)) {
            statement.setString(1, table.quoted());
            statement.setString(2, table.quoted());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return Optional.ofNullable(row.getString(1));
            }
        }
    }
}
