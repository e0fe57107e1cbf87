package io.waltally.connectors.capture.config;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.PGProperty;

/**
 * Settings of every session with a captured server. Without them a session would inherit those of {@code ALTER
 * DATABASE} and {@code ALTER ROLE}, and send values in another form, wait, or time out. Settings in the startup message
 * win.
 *
 * <p>In ordinary sessions the driver sets {@code client_encoding}, {@code DateStyle}, {@code TimeZone} and {@code
 * extra_float_digits} as well; in replication sessions it sets only some of them.
 */
public final class SessionSettings {
    private static final Map<String, String> PINNED = pinned();

    /**
     * Disables a setting of PostgreSQL 17 and later; older servers refuse sessions that request it. The timeout holds for
     * this statement too, so it does without the list of all settings, which takes milliseconds.
     */
    public static final String WITHOUT_TRANSACTION_TIMEOUT = "SELECT set_config('transaction_timeout', '0', false)"
            + " WHERE current_setting('transaction_timeout', true) IS NOT NULL";

    private SessionSettings() {}

    private static Map<String, String> pinned() {
        Map<String, String> settings = new LinkedHashMap<>();
        // The form of values.
        settings.put("bytea_output", "hex");
        settings.put("client_encoding", "UTF8");
        settings.put("datestyle", "ISO");
        settings.put("timezone", "UTC");
        settings.put("extra_float_digits", "1");
        settings.put("intervalstyle", "postgres");
        settings.put("lc_monetary", "C");
        settings.put("xmlbinary", "base64");
        settings.put("xmloption", "content");
        settings.put("array_nulls", "on");
        settings.put("quote_all_identifiers", "off");
        settings.put("standard_conforming_strings", "on");
        // Name resolution and visibility of rows.
        settings.put("role", "none");
        settings.put("search_path", "public");
        settings.put("row_security", "on");
        // Timeouts.
        settings.put("statement_timeout", "0");
        settings.put("lock_timeout", "0");
        settings.put("idle_in_transaction_session_timeout", "0");
        settings.put("idle_session_timeout", "0");
        // The effects of a transaction.
        settings.put("default_transaction_isolation", "read committed");
        settings.put("default_transaction_read_only", "off");
        settings.put("default_transaction_deferrable", "off");
        // JIT compilation costs the short queries of capture more than it saves.
        settings.put("jit", "off");
        return settings;
    }

    /** The startup option {@code options} with these settings. */
    public static String options() {
        return PINNED.entrySet().stream()
                .map(setting ->
                        "-c " + setting.getKey() + "=" + setting.getValue().replace(" ", "\\ "))
                .collect(Collectors.joining(" "));
    }

    /** Adds the settings to connection properties. */
    public static void pin(Properties properties) {
        PGProperty.OPTIONS.set(properties, options());
    }

    /**
     * Opens a session with pinned settings, also of those that only some server versions have.
     *
     * @param properties with the settings of {@link #pin}
     */
    public static Connection connect(String url, Properties properties) throws SQLException {
        Connection connection = DriverManager.getConnection(url, properties);
        try (Statement statement = connection.createStatement()) {
            statement.execute(WITHOUT_TRANSACTION_TIMEOUT);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }
}
