package io.waltally.sinks.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.waltally.sinks.target.TargetException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.PGProperty;

/**
 * The database that a sink writes to. No setting of the database or the role changes what its sessions write. Of
 * {@code synchronous_commit} they keep which standbys a commit waits for, but it always waits for the server's own
 * disk.
 */
public final class SinkDatabase implements AutoCloseable {
    /** One that writes, and one for questions meanwhile. */
    private static final int POOL_SIZE = 2;

    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** Has to be shorter than the consumer's {@code max.poll.interval.ms}, which is five minutes. */
    private static final Duration SOCKET = Duration.ofSeconds(90);

    /** Not every version has the first one, and {@code synchronous_commit} is replaced only where it is off. */
    private static final String CONDITIONAL_SETTINGS = """
            SELECT set_config('transaction_timeout', '0', false)
            WHERE current_setting('transaction_timeout', true) IS NOT NULL
            UNION ALL
            SELECT set_config('synchronous_commit', 'local', false) WHERE current_setting('synchronous_commit') = 'off'
            """;

    /** The timeout of a check, for the connection and for each statement. */
    private static final Duration CHECK = Duration.ofSeconds(3);

    private final HikariDataSource pool;
    private final SinkLogin login;
    private final String application;
    private final Properties session;
    private volatile boolean admitted;

    /**
     * Connects when the first session is needed.
     *
     * @param statementTimeout longest statement; bounds what a sink does to the server
     * @param lockTimeout longest wait for a lock of another session
     */
    public SinkDatabase(String sink, SinkLogin login, Duration statementTimeout, Duration lockTimeout) {
        this.login = login;
        application = "waltally sink " + sink;
        HikariConfig config = new HikariConfig();
        config.setPoolName("sink-" + sink);
        config.setJdbcUrl(login.url());
        config.setUsername(login.user());
        if (!login.password().isEmpty()) {
            config.setPassword(login.password());
        }
        config.setMaximumPoolSize(POOL_SIZE);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(CONNECT.toMillis());
        config.setInitializationFailTimeout(-1);
        config.setConnectionInitSql(CONDITIONAL_SETTINGS);
        session = properties(options(statementTimeout, lockTimeout), CONNECT, statementTimeout.plus(SOCKET));
        config.setDataSourceProperties(session);
        pool = new HikariDataSource(config);
    }

    private Properties properties(String options, Duration connect, Duration socket) {
        Properties properties = new Properties();
        PGProperty.OPTIONS.set(properties, options);
        PGProperty.APPLICATION_NAME.set(properties, application);
        PGProperty.CONNECT_TIMEOUT.set(properties, Long.toString(connect.toSeconds()));
        PGProperty.SOCKET_TIMEOUT.set(properties, Long.toString(socket.toSeconds()));
        PGProperty.TCP_KEEP_ALIVE.set(properties, "true");
        return properties;
    }

    private static String options(Duration statementTimeout, Duration lockTimeout) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("bytea_output", "hex");
        settings.put("client_encoding", "UTF8");
        settings.put("datestyle", "ISO");
        settings.put("intervalstyle", "postgres");
        settings.put("timezone", "UTC");
        settings.put("extra_float_digits", "1");
        settings.put("lc_monetary", "C");
        settings.put("xmlbinary", "base64");
        settings.put("xmloption", "content");
        settings.put("array_nulls", "on");
        settings.put("quote_all_identifiers", "off");
        settings.put("standard_conforming_strings", "on");
        settings.put("role", "none");
        settings.put("search_path", "pg_catalog");
        settings.put("row_security", "on");
        settings.put("default_transaction_isolation", "read committed");
        settings.put("default_transaction_read_only", "off");
        settings.put("default_transaction_deferrable", "off");
        settings.put("statement_timeout", Long.toString(statementTimeout.toMillis()));
        settings.put("lock_timeout", Long.toString(lockTimeout.toMillis()));
        settings.put("idle_in_transaction_session_timeout", Long.toString(SOCKET.toMillis()));
        settings.put("idle_session_timeout", "0");
        settings.put("jit", "off");
        return settings.entrySet().stream()
                .map(setting ->
                        "-c " + setting.getKey() + "=" + setting.getValue().replace(" ", "\\ "))
                .collect(Collectors.joining(" "));
    }

    /** A session, to be closed by the caller. */
    public Connection open() {
        try {
            requireAdmitted();
            return pool.getConnection();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** Connects once without the pool, which tries again for a while before it reports a refusal of the server. */
    private void requireAdmitted() throws SQLException {
        if (!admitted) {
            connect(session, CONNECT).close();
            admitted = true;
        }
    }

    /** A session outside of the pool, to be closed by the caller. A refusal of the server is reported at once. */
    Connection openForCheck() {
        try {
            return connect(properties(options(CHECK, CHECK), CHECK, CHECK.plusSeconds(1)), CHECK);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    private Connection connect(Properties given, Duration timeout) throws SQLException {
        Properties properties = new Properties();
        properties.putAll(given);
        PGProperty.LOGIN_TIMEOUT.set(properties, Long.toString(timeout.toSeconds()));
        PGProperty.USER.set(properties, login.user());
        if (!login.password().isEmpty()) {
            PGProperty.PASSWORD.set(properties, login.password());
        }
        return DriverManager.getConnection(login.url(), properties);
    }

    /** Explains a failure of a statement, without values of rows. */
    public TargetException failure(SQLException e) {
        return SqlFailures.explain(login, e);
    }

    public SinkLogin login() {
        return login;
    }

    @Override
    public void close() {
        pool.close();
    }
}
