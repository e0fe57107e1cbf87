package io.waltally.sinks.replica;

import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Records in the target which sink writes which table. Positions say nothing of a table that was dropped, or of one in
 * another schema.
 */
final class ReplicaOwners {
    private static final String NAME = "replica_tables";
    static final String QUALIFIED_NAME = "waltally." + NAME;

    static final String TABLE = """
            CREATE TABLE waltally.replica_tables (
                table_schema text NOT NULL,
                table_name   text NOT NULL,
                sink         text NOT NULL,
                PRIMARY KEY (table_schema, table_name)
            )
            """;
    private static final String RECORD = """
            INSERT INTO waltally.replica_tables AS r (table_schema, table_name, sink) VALUES (?, ?, ?)
            ON CONFLICT (table_schema, table_name) DO UPDATE SET sink = excluded.sink WHERE r.sink <> excluded.sink
            """;
    /** Fences another sink that has the table: it writes nothing more before it has claimed its partitions again. */
    private static final String FENCE = """
            UPDATE waltally.sink_positions SET epoch = epoch + 1
            WHERE sink IN (SELECT sink FROM waltally.replica_tables
                           WHERE table_schema = ? AND table_name = ? AND sink <> ?)
            """;

    private static final String OF_ANOTHER = """
            SELECT EXISTS (SELECT FROM waltally.replica_tables
                           WHERE table_schema = ? AND table_name = ? AND sink <> ?)
            """;
    private static final String READ = """
            SELECT table_schema, table_name, sink FROM waltally.replica_tables
            WHERE sink = ? OR (table_schema = ? AND table_name = ANY (?))
            """;
    private static final String FORGET = "DELETE FROM waltally.replica_tables WHERE sink = ?";

    private final String sink;
    private final String schema;
    private final Set<String> recorded = new HashSet<>();

    ReplicaOwners(String sink, String schema) {
        this.sink = sink;
        this.schema = schema;
    }

    boolean hasTable(Connection connection) throws SQLException {
        return TargetTable.read(connection, "waltally", NAME).isPresent();
    }

    /** Creates the table if it is missing. */
    void createTable(Connection connection) throws SQLException {
        if (!hasTable(connection)) {
            ReplicaTable.execute(connection, TABLE);
        }
    }

    /**
     * Checks that the sink has written the tables which its positions are of.
     *
     * @param tables that the sink writes
     * @param missing the tables that did not exist
     * @param withRowsOfOthers the tables that have rows, and of whose topics nothing was written
     * @throws TargetException MISCONFIGURED if another sink writes one, FOREIGN if one was dropped or is in another schema
     */
    void require(Connection connection, List<String> tables, Set<String> missing, Set<String> withRowsOfOthers)
            throws SQLException {
        Map<String, String> elsewhere = new HashMap<>();
        Set<String> here = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, sink);
            statement.setString(2, schema);
            statement.setArray(3, connection.createArrayOf("text", tables.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String table = rows.getString(2);
                    if (!rows.getString(3).equals(sink)) {
                        throw new TargetException(
                                Kind.MISCONFIGURED,
                                ("table %s is written by sink %s: give sink %s another schema, or the former name. To"
                                                + " delete the rows and read the topics from the beginning: waltally"
                                                + " sinks resume %s --reset")
                                        .formatted(Sql.name(schema, table), rows.getString(3), sink, sink));
                    }
                    if (rows.getString(1).equals(schema)) {
                        here.add(table);
                    } else {
                        elsewhere.put(table, rows.getString(1));
                    }
                }
            }
        }
        for (String table : tables) {
            if (here.contains(table) && missing.contains(table)) {
                throw foreign("table %s was dropped".formatted(Sql.name(schema, table)));
            }
            if (!here.contains(table) && elsewhere.containsKey(table)) {
                throw foreign("the rows are in table %s, not in schema %s"
                        .formatted(Sql.name(elsewhere.get(table), table), Sql.name(schema)));
            }
            if (!here.contains(table) && withRowsOfOthers.contains(table)) {
                throw new TargetException(
                        Kind.MISCONFIGURED,
                        ("table %s has rows that sink %s has not written: empty it, or give sink %s another schema. To"
                                        + " delete the rows of all tables of the sink and read the topics from the"
                                        + " beginning: waltally sinks resume %s --reset")
                                .formatted(Sql.name(schema, table), sink, sink, sink));
            }
        }
    }

    private TargetException foreign(String difference) {
        return new TargetException(
                Kind.FOREIGN,
                ("the positions of sink %s are of other tables: %s. To read the topics again from the beginning:"
                                + " waltally sinks resume %s --reset")
                        .formatted(sink, difference, sink));
    }

    /** Whether another sink writes a table. */
    boolean isOfAnother(Connection connection, String table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(OF_ANOTHER)) {
            statement.setString(1, schema);
            statement.setString(2, table);
            statement.setString(3, sink);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Records that the sink writes a table, and fences the one that wrote it before. */
    void record(Connection connection, String table) throws SQLException {
        if (recorded.add(table)) {
            for (String sql : List.of(FENCE, RECORD)) {
                try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    statement.setString(1, schema);
                    statement.setString(2, table);
                    statement.setString(3, sink);
                    statement.executeUpdate();
                }
            }
        }
    }

    void forget(Connection connection) throws SQLException {
        recorded.clear();
        try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
            statement.setString(1, sink);
            statement.executeUpdate();
        }
    }

    /** Forgets the recorded owners, which may have been rolled back. */
    void rolledBack() {
        recorded.clear();
    }
}
