package io.waltally.workload.session;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Properties;

/**
 * The address and credentials of a store's database.
 *
 * @param url a {@code jdbc:postgresql:} URL
 * @param user the role, which must be allowed to write the application's tables
 * @param password empty if the server trusts the role
 */
public record DatabaseAddress(String url, String user, String password) {
    public DatabaseAddress {
        Objects.requireNonNull(password, "password");
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException("url must start with jdbc:postgresql: but is " + url);
        }
        if (user.isBlank()) throw new IllegalArgumentException("user must be named for " + url);
    }

    /** An address whose server trusts the role without a password. */
    public static DatabaseAddress trusted(String url, String user) {
        return new DatabaseAddress(url, user, "");
    }

    public Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        if (!password.isEmpty()) properties.setProperty("password", password);
        properties.setProperty("ApplicationName", "waltally-workload");
        return DriverManager.getConnection(url, properties);
    }

    @Override
    public String toString() {
        return user + " at " + url;
    }
}
