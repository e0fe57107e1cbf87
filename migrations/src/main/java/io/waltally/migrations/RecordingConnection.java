package io.waltally.migrations;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/**
 * Executes everything in one transaction that is rolled back in the end, and records the statements that change
 * something. Commits are ignored, and an index that would be built concurrently is built in the transaction.
 */
final class RecordingConnection implements AutoCloseable {
    private static final Pattern CONCURRENTLY = Pattern.compile("(?i)\\bINDEX\\s+CONCURRENTLY\\b");
    private static final Pattern COMMENTS = Pattern.compile("\\A(\\s+|--[^\\n]*(\\n|\\z)|/\\*(?s:.*?)\\*/)+");
    private static final Pattern READING = Pattern.compile("(?is)(SELECT|SHOW|SET ROLE|RESET|ROLLBACK)\\b.*");
    private static final Set<String> EXECUTING =
            Set.of("execute", "executeQuery", "executeUpdate", "executeLargeUpdate");
    private static final Set<String> TRANSACTIONS = Set.of("commit", "setAutoCommit", "close", "abort");

    private final Connection actual;
    private final Connection recording;
    private final List<String> statements = new ArrayList<>();
    private boolean autoCommit = true;
    private boolean inTransaction;

    RecordingConnection(Connection actual) throws SQLException {
        this.actual = actual;
        actual.setAutoCommit(false);
        this.recording = proxy(Connection.class, this::onConnection);
    }

    /** To be used instead of the actual one. */
    Connection connection() {
        return recording;
    }

    /** All of its connections are this one. */
    DataSource dataSource() {
        return proxy(DataSource.class, (source, method, arguments) -> {
            if (method.getName().equals("getConnection")) {
                return recording;
            }
            throw new SQLFeatureNotSupportedException(method.getName());
        });
    }

    /** Records a statement that is not executed. */
    void add(String statement) {
        statements.add(statement);
    }

    List<String> statements() {
        return List.copyOf(statements);
    }

    /** Undoes everything. */
    @Override
    public void close() throws SQLException {
        try (Connection ending = actual) {
            ending.rollback();
        }
    }

    private Object onConnection(Object proxy, Method method, Object[] arguments) throws Throwable {
        String name = method.getName();
        if (name.equals("setAutoCommit")) {
            autoCommit = (Boolean) arguments[0];
            endTransaction();
        }
        if (name.equals("commit")) {
            endTransaction();
        }
        boolean wholeRollback = name.equals("rollback") && arguments == null;
        if (TRANSACTIONS.contains(name) || wholeRollback) {
            return null;
        }
        if (name.equals("getAutoCommit")) {
            return autoCommit;
        }
        if (name.equals("prepareStatement")) {
            arguments[0] = inTransaction((String) arguments[0]);
        }
        Object result = invoke(actual, method, arguments);
        if (result instanceof PreparedStatement statement) {
            return proxy(PreparedStatement.class, onStatement(statement));
        }
        return result instanceof Statement statement ? proxy(Statement.class, onStatement(statement)) : result;
    }

    private InvocationHandler onStatement(Statement statement) {
        return (proxy, method, arguments) -> {
            if (EXECUTING.contains(method.getName())) {
                if (arguments == null) {
                    // The driver shows a prepared statement with its values.
                    record(statement.toString());
                } else {
                    record((String) arguments[0]);
                    arguments[0] = inTransaction((String) arguments[0]);
                }
            }
            return method.getName().equals("getConnection") ? recording : invoke(statement, method, arguments);
        };
    }

    private void record(String sql) {
        String statement = COMMENTS.matcher(sql).replaceFirst("").strip();
        if (!statement.isEmpty() && !READING.matcher(statement).matches()) {
            if (!autoCommit && !inTransaction) {
                statements.add("BEGIN");
                inTransaction = true;
            }
            statements.add(statement.endsWith(";") ? statement.substring(0, statement.length() - 1) : statement);
        }
    }

    private void endTransaction() {
        if (inTransaction) {
            statements.add("COMMIT");
            inTransaction = false;
        }
    }

    private static String inTransaction(String sql) {
        return sql.toUpperCase(Locale.ROOT).contains("CONCURRENTLY")
                ? CONCURRENTLY.matcher(sql).replaceAll("INDEX")
                : sql;
    }

    private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
