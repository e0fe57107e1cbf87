package io.waltally.sinks.replica;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Source rows that the replicas lack, or have in an older state. Either no record that was read has all their values:
 * compaction kept only an update without the unchanged TOASTed values. Or their record was set aside. A later complete
 * record, for example of a snapshot, brings the row; an update without all values does not. Until then the replicas
 * differ from the source.
 */
final class IncompleteRows {
    private static final String NAME = "replica_incomplete_rows";
    static final String QUALIFIED_NAME = "waltally." + NAME;

    static final String TABLE = """
            CREATE TABLE waltally.replica_incomplete_rows (
                sink       text NOT NULL,
                table_name text NOT NULL,
                row_key    text[] NOT NULL,
                noted_at   timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (sink, table_name, row_key)
            )
            """;
    private static final String COUNT = """
            SELECT table_name, count(*) FROM waltally.replica_incomplete_rows WHERE sink = ? AND table_name = ANY (?)
            GROUP BY table_name
            """;
    private static final String CLEAR = "DELETE FROM waltally.replica_incomplete_rows WHERE sink = ?";

    private final String sink;
    private final List<String> tables;

    /** Whether this sink may have some. */
    private boolean possible = true;

    /** @param tables that the sink writes; rows of others count no more */
    IncompleteRows(String sink, List<String> tables) {
        this.sink = sink;
        this.tables = List.copyOf(tables);
    }

    /** Creates the table if it is missing. */
    void createTable(Connection connection) throws SQLException {
        if (TargetTable.read(connection, "waltally", NAME).isEmpty()) {
            ReplicaTable.execute(connection, TABLE);
        }
    }

    /** Notes the staged rows that the replica lacks. */
    void recordMissing(Connection connection, ReplicaTable table, String staged, List<String> keyColumns)
            throws SQLException {
        record(
                connection,
                table,
                key(keyColumns) + " FROM " + staged + " s WHERE NOT EXISTS (SELECT FROM " + table.quoted() + " t WHERE "
                        + Sql.same(keyColumns) + ")");
    }

    /** Notes the staged rows. */
    void record(Connection connection, ReplicaTable table, String staged, List<String> keyColumns) throws SQLException {
        record(connection, table, key(keyColumns) + " FROM " + staged + " s");
    }

    /** Notes a row by the place of its record, since its key cannot be read. */
    void recordPlace(Connection connection, ReplicaTable table, String place) throws SQLException {
        record(connection, table, "ARRAY[" + Sql.literal(place) + "]");
    }

    private void record(Connection connection, ReplicaTable table, String keys) throws SQLException {
        String sql = "INSERT INTO waltally.replica_incomplete_rows (sink, table_name, row_key) SELECT ?, ?, " + keys
                + " ON CONFLICT DO NOTHING";
        possible |= update(connection, sql, sink, table.name()) > 0;
    }

    /** The condition that a staged row is not noted. */
    String isNotNoted(ReplicaTable table, List<String> keyColumns) {
        return "NOT EXISTS (SELECT FROM waltally.replica_incomplete_rows i WHERE i.sink = " + Sql.literal(sink)
                + " AND i.table_name = " + Sql.literal(table.name()) + " AND i.row_key = " + key(keyColumns) + ")";
    }

    /** Forgets the staged rows: the replica has them whole, or the source has deleted them. */
    void forget(Connection connection, ReplicaTable table, String staged, List<String> keyColumns) throws SQLException {
        if (any(connection)) {
            String sql = "DELETE FROM waltally.replica_incomplete_rows i USING " + staged
                    + " s WHERE i.sink = ? AND i.table_name = ? AND i.row_key = " + key(keyColumns);
            update(connection, sql, sink, table.name());
        }
    }

    private static String key(List<String> columns) {
        return columns.stream()
                .map(column -> "s." + Sql.name(column) + "::text")
                .collect(Collectors.joining(", ", "ARRAY[", "]"));
    }

    /** Whether there are any. Asks the server only while there may be some. */
    boolean any(Connection connection) throws SQLException {
        possible = possible && !count(connection).isEmpty();
        return possible;
    }

    /** The number of rows of each table that has some, also those that other instances noted. */
    Map<String, Long> count(Connection connection) throws SQLException {
        Map<String, Long> counts = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement(COUNT)) {
            statement.setString(1, sink);
            statement.setArray(2, connection.createArrayOf("text", tables.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    counts.put(rows.getString(1), rows.getLong(2));
                }
            }
        }
        return counts;
    }

    void clear(Connection connection) throws SQLException {
        update(connection, CLEAR, sink);
    }

    /** Requests another query: the result may have been rolled back, or another instance may have recorded rows. */
    void askAgain() {
        possible = true;
    }

    private static int update(Connection connection, String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }
}
