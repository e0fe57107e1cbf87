package io.waltally.connectors.capture.config;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * The address and credentials of a source database.
 *
 * @param url {@code jdbc:postgresql://host:port/database}, with one host; without credentials
 * @param password empty if the server trusts the client
 */
public record DatabaseLogin(String url, String user, Optional<String> password) {
    private static final Set<String> ADDRESS =
            Set.of(PGProperty.PG_HOST.getName(), PGProperty.PG_PORT.getName(), PGProperty.PG_DBNAME.getName());

    public DatabaseLogin {
        Properties parsed = Driver.parseURL(url, new Properties());
        if (parsed == null) {
            throw new IllegalArgumentException("must be of the form jdbc:postgresql://host:port/database");
        }
        if (PGProperty.PASSWORD.getOrDefault(parsed) != null || PGProperty.USER.getOrDefault(parsed) != null) {
            throw new IllegalArgumentException("must not carry credentials: they have keys of their own");
        }
        if (parsed.containsKey(PGProperty.OPTIONS.getName())
                || parsed.containsKey(PGProperty.CURRENT_SCHEMA.getName())) {
            throw new IllegalArgumentException(
                    "must not carry options or currentSchema: capture depends on session settings of its own");
        }
        if (PGProperty.PG_HOST.getOrDefault(parsed).contains(",")) {
            throw new IllegalArgumentException("must name one host: a slot lives on one server");
        }
    }

    public String host() {
        return PGProperty.PG_HOST.getOrDefault(parsed());
    }

    public int port() {
        return Integer.parseInt(PGProperty.PG_PORT.getOrDefault(parsed()));
    }

    public String database() {
        return PGProperty.PG_DBNAME.getOrDefault(parsed());
    }

    /** The parameters of the URL, such as {@code sslmode}. */
    public Map<String, String> parameters() {
        Properties parsed = parsed();
        Map<String, String> parameters = new TreeMap<>();
        for (String name : parsed.stringPropertyNames()) {
            if (!ADDRESS.contains(name)) {
                parameters.put(name, parsed.getProperty(name));
            }
        }
        return parameters;
    }

    /** Connection properties for the driver. */
    public Properties properties() {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, user);
        password.ifPresent(value -> PGProperty.PASSWORD.set(properties, value));
        PGProperty.APPLICATION_NAME.set(properties, "waltally");
        PGProperty.CONNECT_TIMEOUT.set(properties, 5);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        SessionSettings.pin(properties);
        return properties;
    }

    public Connection connect() throws SQLException {
        return SessionSettings.connect(url, properties());
    }

    /** Connection properties for commands of the replication protocol. */
    public Connection connectForReplication() throws SQLException {
        Properties properties = properties();
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        Connection connection = DriverManager.getConnection(url, properties);
        // A session that exports a snapshot stays in its transaction for as long as the snapshot is used.
        try (Statement statement = connection.createStatement()) {
            if (connection.getMetaData().getDatabaseMajorVersion() >= 17) {
                statement.execute("SET transaction_timeout = 0");
            }
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private Properties parsed() {
        return Driver.parseURL(url, new Properties());
    }

    /** URL and user; never the password. */
    @Override
    public String toString() {
        return user + "@" + host() + ":" + port() + "/" + database();
    }
}
