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

    /**
     * The latest epoch of the source of which the replicas have rows, or are complete. Instances that share partitions
     * have it from here: one that has read no record of it yet records no position of a former epoch.
     */
    static final String EPOCHS = "waltally.replica_epochs";

    static final String EPOCHS_TABLE = """
            CREATE TABLE waltally.replica_epochs (
                sink   text NOT NULL,
                source text NOT NULL,
                epoch  integer NOT NULL,
                PRIMARY KEY (sink, source)
            )
            """;

    /** Locks the row in any case, so that no position is recorded until the open transaction has ended. */
    private static final String ENTER = """
            INSERT INTO waltally.replica_epochs AS r (sink, source, epoch) VALUES (?, ?, ?)
            ON CONFLICT (sink, source) DO UPDATE SET epoch = excluded.epoch WHERE r.epoch < excluded.epoch
            """;

    private static final String LATEST = """
            SELECT epoch FROM waltally.replica_epochs WHERE sink = ? AND source = ?
            """;
    private static final String WITHDRAW = """
            DELETE FROM waltally.replica_progress WHERE sink = ? AND source = ? AND epoch < ?
            """;
    private static final String FORGET_EPOCHS = "DELETE FROM waltally.replica_epochs WHERE sink = ?";

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

    boolean hasTables(Connection connection) throws SQLException {
        return hasTable(connection, NAME) && hasTable(connection, EPOCHS);
    }

    private static boolean hasTable(Connection connection, String name) throws SQLException {
        return TargetTable.read(connection, "waltally", name.substring("waltally.".length()))
                .isPresent();
    }

    /** Creates the tables and the view if they are missing; the view only if the role may. */
    void createTables(Connection connection) throws SQLException {
        if (!hasTable(connection, NAME)) {
            ReplicaTable.execute(connection, TABLE);
        }
        if (!hasTable(connection, EPOCHS)) {
            ReplicaTable.execute(connection, EPOCHS_TABLE);
        }
        if (ReplicaTable.granted(connection, "to_regclass(?) IS NULL", "waltally.replica_lag")
                && ReplicaTable.granted(connection, "has_schema_privilege(?, 'CREATE')", "waltally")) {
            ReplicaTable.execute(connection, VIEW);
        }
    }

    /** Withdraws a position of a former epoch, before rows of this one are written. No instance records one again. */
    void enter(Connection connection, int epoch) throws SQLException {
        if (latest(connection) < epoch) {
            execute(connection, ENTER, epoch);
            execute(connection, WITHDRAW, epoch);
        }
    }

    private int latest(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LATEST)) {
            statement.setString(1, sink);
            statement.setString(2, source.id());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getInt(1) : Integer.MIN_VALUE;
            }
        }
    }

    private void execute(Connection connection, String sql, int epoch) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, sink);
            statement.setString(2, source.id());
            statement.setInt(3, epoch);
            statement.executeUpdate();
        }
    }

    /**
     * Records a position, unless the replicas have rows of a later epoch.
     *
     * @return whether it was recorded, or a later one is
     */
    boolean write(Connection connection, CompletePosition position) throws SQLException {
        execute(connection, ENTER, position.epoch());
        if (latest(connection) > position.epoch()) {
            return false;
        }
        try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
            statement.setString(1, sink);
            statement.setString(2, position.source().id());
            statement.setInt(3, position.epoch());
            statement.setString(4, position.lsn().toString());
            statement.setObject(5, OffsetDateTime.ofInstant(position.committedAt(), ZoneOffset.UTC));
            statement.executeUpdate();
        }
        return true;
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

    /** Withdraws the position. */
    void forget(Connection connection) throws SQLException {
        execute(connection, FORGET);
    }

    /** Forgets the epochs too. */
    void reset(Connection connection) throws SQLException {
        forget(connection);
        execute(connection, FORGET_EPOCHS);
    }

    private void execute(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, sink);
            statement.executeUpdate();
        }
    }
}
