package io.waltally.app.local;

import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Statements of the application s3-orchestrator, in transactions as the test likes. */
final class Sql {
    private Sql() {}

    static Connection connect(Infrastructure servers) throws SQLException {
        return DriverManager.getConnection(
                servers.jdbcUrl(PostgresAddress.S3_DATABASE), servers.postgres().user(), "");
    }

    static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The first column of the first row. */
    static String value(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Of an object on backend b2. */
    static String insert(String key) {
        return "INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('" + key + "', 'b2', 1)";
    }
}
