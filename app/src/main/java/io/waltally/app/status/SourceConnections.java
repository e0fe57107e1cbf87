package io.waltally.app.status;

import io.waltally.app.config.Account;
import io.waltally.app.config.SourceSettings;
import io.waltally.connectors.capture.config.SessionSettings;
import io.waltally.connectors.capture.error.SourceConnectionException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/** Short-lived connections to sources. */
public final class SourceConnections {
    private static final String CONNECT_TIMEOUT_SECONDS = "5";
    private static final String ANSWER_TIMEOUT_SECONDS = "10";

    private SourceConnections() {}

    /**
     * Connects with the least-privilege role.
     *
     * @throws io.waltally.connectors.capture.error.SourceConnectionException if the server cannot be reached, or refuses
     *     the login
     */
    public static Connection open(SourceSettings source) throws SQLException {
        return open(source, source.account());
    }

    /** Like {@link #open(SourceSettings)}, with another account. */
    public static Connection open(SourceSettings source, Account account) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", account.user());
        properties.setProperty("password", account.password().reveal());
        properties.setProperty("ApplicationName", "waltally");
        properties.setProperty("connectTimeout", CONNECT_TIMEOUT_SECONDS);
        properties.setProperty("loginTimeout", CONNECT_TIMEOUT_SECONDS);
        properties.setProperty("socketTimeout", ANSWER_TIMEOUT_SECONDS);
        SessionSettings.pin(properties);
        try {
            return SessionSettings.connect(source.url(), properties);
        } catch (SQLException e) {
            throw SourceConnectionException.of(source.source(), source.address(), account.user(), e);
        }
    }
}
