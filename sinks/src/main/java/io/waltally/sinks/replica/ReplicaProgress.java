package io.waltally.sinks.replica;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.sinks.target.CompletePosition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** The position of the source up to which the replicas of a sink are complete, in a table beside them. */
final class ReplicaProgress {
    /** The name of the table. */
    static final String NAME = "waltally.replica_progress";

    static final String TABLE = """
            CREATE TABLE waltally.replica_progress (
                sink         text NOT NULL,
                source       text NOT NULL,
                epoch        integer NOT NULL,
                applied_lsn  pg_lsn NOT NULL,
                committed_at timestamptz NOT NULL,
                updated_at   timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (sink, source)
            )
            """;
    /** With the age of the position. An idle source has a new one every ten seconds. */
    private static final String VIEW = """
            CREATE VIEW waltally.replica_lag AS
            SELECT sink, source, epoch, applied_lsn, committed_at, updated_at,
                   greatest(0, extract(epoch FROM clock_timestamp() - committed_at))::double precision AS lag_seconds
            FROM waltally.replica_progress
            """;

    /**
     * Instances that share the partitions of a sink each record what they know, so an older position may come later.
     */
    private static final String WRITE = """
            INSERT INTO waltally.replica_progress AS p (sink, source, epoch, applied_lsn, committed_at)
            VALUES (?, ?, ?, ?::pg_lsn, ?)
            ON CONFLICT (sink, source) DO UPDATE SET epoch = excluded.epoch, applied_lsn = excluded.applied_lsn,
                committed_at = excluded.committed_at, updated_at = clock_timestamp()
            WHERE (excluded.epoch, excluded.applied_lsn) >= (p.epoch, p.applied_lsn)
            """;

    private static final String READ = """
            SELECT epoch, applied_lsn::text, committed_at FROM waltally.replica_progress WHERE sink = ? AND source = ?
            """;
    private static final String FORGET = "DELETE FROM waltally.replica_progress WHERE sink = ?";

    private final String sink;
    private final Source source;

    ReplicaProgress(String sink, Source source) {
        this.sink = sink;
        this.source = source;
    }

    boolean hasTable(Connection connection) throws SQLException {
        return TargetTable.read(connection, "waltally", "replica_progress").isPresent();
    }

    /** Creates the table and its view if they are missing; the view only if the role may. */
    void createTables(Connection connection) throws SQLException {
        if (!hasTable(connection)) {
            ReplicaTable.execute(connection, TABLE);
        }
        if (ReplicaTable.granted(connection, "to_regclass(?) IS NULL", "waltally.replica_lag")
                && ReplicaTable.granted(connection, "has_schema_privilege(?, 'CREATE')", "waltally")) {
            ReplicaTable.execute(connection, VIEW);
        }
    }

    void write(Connection connection, CompletePosition position) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
            statement.setString(1, sink);
            statement.setString(2, position.source().id());
            statement.setInt(3, position.epoch());
            statement.setString(4, position.lsn().toString());
            statement.setObject(5, OffsetDateTime.ofInstant(position.committedAt(), ZoneOffset.UTC));
            statement.executeUpdate();
        }
    }

    Optional<CompletePosition> read(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, sink);
            statement.setString(2, source.id());
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new CompletePosition(
                                source,
                                row.getInt(1),
                                Lsn.parse(row.getString(2)),
                                row.getObject(3, OffsetDateTime.class).toInstant()))
                        : Optional.empty();
            }
        }
    }

    void forget(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
            statement.setString(1, sink);
            statement.executeUpdate();
        }
    }
}
