package io.waltally.connectors.capture;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.PGProperty;

/**
 * Settings of every session with a captured server. A session otherwise inherits what {@code ALTER DATABASE} or
 * {@code ALTER ROLE} set, and sends values in another form, waits, or gives up. What a client asks for as it connects wins.
 *
 * <p>In ordinary sessions the driver asks for {@code client_encoding}, {@code DateStyle}, {@code TimeZone} and
 * {@code extra_float_digits} besides; in those of the replication protocol it does not ask for all of them.
 */
public final class SessionSettings {
    private static final Map<String, String> PINNED = pinned();

    /** PostgreSQL 17 and later only; an older server would refuse a session that asks for it. */
    static final String WITHOUT_TRANSACTION_TIMEOUT =
            "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'";

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
        // Which objects a name means, and which rows a query sees.
        settings.put("role", "none");
        settings.put("search_path", "public");
        settings.put("row_security", "on");
        // How long a session may take.
        settings.put("statement_timeout", "0");
        settings.put("lock_timeout", "0");
        settings.put("idle_in_transaction_session_timeout", "0");
        settings.put("idle_session_timeout", "0");
        // What a transaction may do and see.
        settings.put("default_transaction_isolation", "read committed");
        settings.put("default_transaction_read_only", "off");
        settings.put("default_transaction_deferrable", "off");
        // Compiling costs the short queries of capture more than it saves.
        settings.put("jit", "off");
        return settings;
    }

    /** The startup option {@code options} that asks for these settings. */
    public static String options() {
        return PINNED.entrySet().stream()
                .map(setting ->
                        "-c " + setting.getKey() + "=" + setting.getValue().replace(" ", "\\ "))
                .collect(Collectors.joining(" "));
    }

    /** Adds the settings to the properties of a connection. */
    public static void pin(Properties properties) {
        PGProperty.OPTIONS.set(properties, options());
    }

    /** Turns off what only some versions of the server have, in a session that executes ordinary statements. */
    static void pinByVersion(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(WITHOUT_TRANSACTION_TIMEOUT);
        }
    }
}
