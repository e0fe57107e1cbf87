package io.waltally.sinks.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Statements that may take as long as they need, such as the deletion of all rows of a table. */
public final class LongStatements {
    private LongStatements() {}

    /**
     * Executes statements in the open transaction without the timeouts of statements and of the socket; that of locks
     * holds. A server that is gone is noticed by TCP's keepalive.
     */
    public static void execute(Connection connection, List<String> statements) throws SQLException {
        int socketTimeout = connection.getNetworkTimeout();
        connection.setNetworkTimeout(Runnable::run, 0);
        try (Statement statement = connection.createStatement()) {
            String statementTimeout = statementTimeout(statement);
            statement.execute("SET LOCAL statement_timeout = 0");
            for (String sql : statements) {
                statement.execute(sql);
            }
            statement.execute("SET LOCAL statement_timeout = '" + statementTimeout + "'");
        } finally {
            // A failure of setNetworkTimeout would hide why the connection was closed.
            if (!connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, socketTimeout);
            }
        }
    }

    private static String statementTimeout(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW statement_timeout")) {
            row.next();
            return row.getString(1);
        }
    }
}
