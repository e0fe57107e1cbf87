package io.waltally.migrations;

import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.PGConnection;

/** The administrator's connection in autocommit mode, with helpers for queries of the system catalogues. */
final class Database implements AutoCloseable {
    private static final int OLDEST_SUPPORTED_VERSION = 14;

    /** Session settings that override those of role and database. */
    static final String SESSION_SETTINGS = "-c role=none -c search_path=public -c standard_conforming_strings=on"
            + " -c quote_all_identifiers=off -c row_security=on"
            + " -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
            + " -c idle_session_timeout=0 -c default_transaction_isolation=read\\ committed"
            + " -c default_transaction_read_only=off -c default_transaction_deferrable=off";

    /**
     * Disables a setting of PostgreSQL 17 and later; older servers refuse sessions that request it. The timeout holds for
     * this statement too, so it does without the list of all settings, which takes milliseconds.
     */
    static final String WITHOUT_TRANSACTION_TIMEOUT = "SELECT set_config('transaction_timeout', '0', false)"
            + " WHERE current_setting('transaction_timeout', true) IS NOT NULL";

    private final Connection connection;
    private final Optional<RecordingConnection> recording;

    private Database(Connection connection, Optional<RecordingConnection> recording) {
        this.connection = connection;
        this.recording = recording;
    }

    /** Connects as the target's administrator. Reports an unreachable or too old server. */
    static Database connect(MigrationTarget target) {
        return connect(target, false);
    }

    /** The same for a dry run: records what is executed, and undoes it when it is closed. */
    static Database connectForDryRun(MigrationTarget target) {
        return connect(target, true);
    }

    private static Database connect(MigrationTarget target, boolean dryRun) {
        Properties properties = new Properties();
        properties.setProperty("user", target.admin().user());
        target.admin().password().ifPresent(password -> properties.setProperty("password", password));
        properties.setProperty("ApplicationName", "waltally-migrate");
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("options", SESSION_SETTINGS);
        Connection connection;
        try {
            connection = DriverManager.getConnection(target.url(), properties);
        } catch (SQLException e) {
            throw new MigrationException(
                    "cannot connect to %s (%s) as %s (%s): %s"
                            .formatted(
                                    target.address(),
                                    target.key("url"),
                                    target.admin(),
                                    target.key("admin.user"),
                                    e.getMessage()),
                    e);
        }
        Database database = new Database(connection, Optional.empty());
        try {
            database.execute(WITHOUT_TRANSACTION_TIMEOUT);
            int version = database.majorVersion();
            if (version < OLDEST_SUPPORTED_VERSION) {
                throw new MigrationException("%s runs PostgreSQL %d; waltally needs %d or later"
                        .formatted(target.address(), version, OLDEST_SUPPORTED_VERSION));
            }
            // A statement that waits for an application's lock times out, so that the application does not queue behind
            // it.
            database.execute("SET lock_timeout = '30s'");
            if (!dryRun) {
                return database;
            }
            RecordingConnection recorder = new RecordingConnection(connection);
            return new Database(recorder.connection(), Optional.of(recorder));
        } catch (SQLException | RuntimeException e) {
            database.closeAfter(e);
            throw e instanceof MigrationException known
                    ? known
                    : new MigrationException("%s: %s".formatted(target.address(), e.getMessage()), e);
        }
    }

    int majorVersion() throws SQLException {
        return connection.getMetaData().getDatabaseMajorVersion();
    }

    /** The first column of every row. */
    List<String> strings(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(
                        i + 1, parameters[i] instanceof Collection<?> names ? textArray(names) : parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                List<String> values = new ArrayList<>();
                while (rows.next()) {
                    values.add(rows.getString(1));
                }
                return values;
            }
        }
    }

    /** Whether the first column of the first row is true; false if there is no row. */
    boolean test(String sql, Object... parameters) throws SQLException {
        List<String> values = strings(sql, parameters);
        return !values.isEmpty() && "t".equals(values.get(0));
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    void inTransaction(Work work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            work.run();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback();
            } catch (SQLException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** Sets a password by its verifier, so that no server log contains the password. */
    void setPassword(String role, String password) throws SQLException {
        if (recording.isPresent()) {
            recording.get().add("ALTER ROLE " + quoted(role) + " PASSWORD '***'");
            return;
        }
        connection.unwrap(PGConnection.class).alterUserPassword(role, password.toCharArray(), null);
    }

    /** The connection of a dry run, for others to use; empty if this is none. */
    Optional<DataSource> dataSource() {
        return recording.map(RecordingConnection::dataSource);
    }

    /** The statements that a dry run has recorded; empty if this is none. */
    List<String> recorded() {
        return recording.map(RecordingConnection::statements).orElse(List.of());
    }

    @Override
    public void close() throws SQLException {
        if (recording.isPresent()) {
            recording.get().close();
        }
        connection.close();
    }

    static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** Qualified names in schema {@code public}, separated by commas. */
    static String publicTables(Collection<String> tables) {
        return tables.stream().map(table -> "public." + quoted(table)).collect(Collectors.joining(", "));
    }

    private Array textArray(Collection<?> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray());
    }

    private void closeAfter(Exception failure) {
        try {
            close();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    /** Runs statements in one transaction. */
    @FunctionalInterface
    interface Work {
        void run() throws SQLException;
    }
}
