package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.SourceConnectionException;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Queries and commands of capture to the server, on one connection. */
public final class SourceDatabase implements AutoCloseable {
    /** An empty transactional message. */
    public static final String EMIT_MESSAGE = "SELECT pg_logical_emit_message(true, 'waltally', '')";

    /** First key of the advisory locks; the second one is the hash of the locked name. */
    private static final int LOCK_SPACE = 0x77616c74;

    /** SQLSTATE of a lost connection. */
    public static final String CONNECTION_FAILURE = "08006";

    private static final int ANSWER_SECONDS = 10;

    private final CaptureConfig config;
    private final Connection connection;

    private SourceDatabase(CaptureConfig config, Connection connection) {
        this.config = config;
        this.connection = connection;
    }

    /** @throws SourceConnectionException if the server cannot be reached, or refuses the login */
    public static SourceDatabase connect(CaptureConfig config) throws SQLException {
        try {
            return new SourceDatabase(config, prepared(config.database().connect()));
        } catch (SQLException e) {
            throw explained(config, e);
        }
    }

    private static Connection prepared(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // This session writes only messages, which need not wait for a standby.
            statement.execute("SET synchronous_commit = local");
            // This session reads single rows, and must not wait while another session alters a table.
            statement.execute("SET lock_timeout = '2s'");
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private static SourceConnectionException explained(CaptureConfig config, SQLException e) {
        DatabaseLogin login = config.database();
        return SourceConnectionException.of(
                config.source(), login.host() + ":" + login.port() + "/" + login.database(), login.user(), e);
    }

    public SourceIdentity identity() throws SQLException {
        try (Connection replication = config.database().connectForReplication();
                Statement statement = replication.createStatement();
                ResultSet system = statement.executeQuery("IDENTIFY_SYSTEM")) {
            system.next();
            return new SourceIdentity(
                    Long.parseUnsignedLong(system.getString("systemid")),
                    system.getInt("timeline"),
                    Lsn.parse(system.getString("xlogpos")));
        } catch (SQLException e) {
            throw explained(config, e);
        }
    }

    /** Whether the server still has this session, and answers within seconds. */
    public boolean isConnected() {
        try {
            return connection.isValid(ANSWER_SECONDS);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Makes the server end this session, and with it the lead, within six seconds after this machine or the network
     * fails. If only this process dies, the server notices at once.
     */
    public void setShortTcpTimeouts() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 1;"
                    + " SET tcp_keepalives_count = 3; SET tcp_user_timeout = '6s'");
        }
    }

    /** Sets a short timeout for all further answers: a server that does not answer is taken for lost. */
    public void expectAnswers() throws SQLException {
        connection.setNetworkTimeout(Runnable::run, (int) TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
    }

    /**
     * Takes the lead, if it is free: this session becomes the only one that captures this database as the source into
     * the Kafka cluster, and the only one that uses the slot.
     */
    public boolean tryLead(Source source, String cluster, String slot) throws SQLException {
        if (!isConnected()) {
            throw new SQLException("the server does not answer", CONNECTION_FAILURE);
        }
        String captured = source + " into " + cluster;
        if (!lock("pg_try_advisory_lock", captured)) {
            return false;
        }
        boolean leads = lock("pg_try_advisory_lock", slot);
        if (!leads) {
            lock("pg_advisory_unlock", captured);
        }
        return leads;
    }

    private boolean lock(String function, String locked) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + function + "(?, ?)")) {
            statement.setInt(1, LOCK_SPACE);
            statement.setInt(2, locked.hashCode());
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                return result.getBoolean(1);
            }
        }
    }

    public Optional<SlotState> slot(String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT active, confirmed_flush_lsn::text, wal_status, database = current_database() AS here, plugin,
                    to_jsonb(s) ->> 'invalidation_reason' AS invalidation
                FROM pg_replication_slots s WHERE slot_name = ?""")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                if (!row.getBoolean("here") || !"pgoutput".equals(row.getString("plugin"))) {
                    throw new CaptureException("replication slot " + name + " is not a pgoutput slot of database "
                            + config.database().database() + ": configure another slot name (sources."
                            + config.source() + ".slot)");
                }
                String confirmed = row.getString("confirmed_flush_lsn");
                return Optional.of(new SlotState(
                        name,
                        row.getBoolean("active"),
                        confirmed == null ? Lsn.ZERO : Lsn.parse(confirmed),
                        row.getString("wal_status"),
                        Optional.ofNullable(row.getString("invalidation"))));
            }
        }
    }

    /** Ends the session that uses the slot, if there is one; it must be of the same role. */
    public void endSlotUser(String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = ? AND active")) {
            statement.setString(1, name);
            statement.execute();
        }
    }

    /** Advances the slot: the server then skips every transaction that ended at or before the position. */
    public void advanceSlot(String name, Lsn position) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_replication_slot_advance(?, ?::pg_lsn)")) {
            statement.setString(1, name);
            statement.setString(2, position.toString());
            statement.execute();
        }
    }

    public void dropSlot(String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_drop_replication_slot(?)")) {
            statement.setString(1, name);
            statement.execute();
        }
    }

    public List<MissingAddition> missingAdditions(CaptureConfig configured, PublishedTables published)
            throws SQLException {
        return MissingAdditions.read(connection, configured.source(), configured.tables(), published);
    }

    public PublishedTables published(String publication) throws SQLException {
        return PublishedTables.read(connection, publication);
    }

    /** The named columns of a table that exist. */
    public List<CatalogColumn> columns(String table, Set<String> names) throws SQLException {
        return CatalogColumn.read(connection, table, names);
    }

    /** Those of some tables of schema {@code public} that do not exist. */
    public Set<String> withoutTable(Set<String> names) throws SQLException {
        Set<String> absent = new TreeSet<>(names);
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY (?)""")) {
            statement.setArray(1, connection.createArrayOf("text", names.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    absent.remove(rows.getString(1));
                }
            }
        }
        return absent;
    }

    /** The version of the server. */
    public String version() throws SQLException {
        return connection.getMetaData().getDatabaseProductVersion();
    }

    /** Returns the missing prerequisites for capturing these tables. */
    public List<Prerequisites.Problem> problems(CaptureConfig captured) throws SQLException {
        return Prerequisites.problems(captured, connection);
    }

    /** Returns settings that may stop capture, or harm the server, later. */
    public List<Prerequisites.Problem> advice() throws SQLException {
        return ServerAdvice.of(ServerSettings.read(config, connection, Clock.systemUTC()));
    }

    /** Writes an empty transactional message: a commit that reaches the slot without any row change. */
    void emitMessage() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(EMIT_MESSAGE);
        }
    }

    /** The end of the server's WAL, including what is not flushed yet. */
    Lsn walEnd() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    PreparedStatement prepare(String query) throws SQLException {
        return connection.prepareStatement(query);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
