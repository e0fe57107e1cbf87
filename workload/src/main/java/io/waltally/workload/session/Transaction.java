package io.waltally.workload.session;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An open transaction: runs statements and records the rows that they change. */
public final class Transaction {
    /** Reads one row of a result. */
    @FunctionalInterface
    public interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** A savepoint in the database and in the record of changes. */
    public record Mark(Savepoint savepoint, Ledger ledger) {}

    private final Connection connection;
    private final StatementCache statements;
    private final Ledger ledger = new Ledger();

    Transaction(Connection connection, StatementCache statements) {
        this.connection = connection;
        this.statements = statements;
    }

    public long insert(String table, String sql, Object... parameters) throws SQLException {
        long rows = execute(sql, parameters);
        ledger.add(table, RowChanges.inserted(rows));
        return rows;
    }

    public long update(String table, String sql, Object... parameters) throws SQLException {
        long rows = execute(sql, parameters);
        ledger.add(table, RowChanges.updated(rows));
        return rows;
    }

    public long delete(String table, String sql, Object... parameters) throws SQLException {
        long rows = execute(sql, parameters);
        ledger.add(table, RowChanges.deleted(rows));
        return rows;
    }

    /** Runs an {@code INSERT ... ON CONFLICT DO UPDATE} whose only result is {@code RETURNING xmax = 0}. */
    public void upsert(String table, String sql, Object... parameters) throws SQLException {
        for (boolean inserted : query(sql, row -> row.getBoolean(1), parameters)) {
            ledger.add(table, inserted ? RowChanges.inserted(1) : RowChanges.updated(1));
        }
    }

    /** Runs an INSERT with RETURNING; each result row is an inserted row. */
    public <T> List<T> insertReturning(String table, String sql, RowReader<T> reader, Object... parameters)
            throws SQLException {
        List<T> rows = query(sql, reader, parameters);
        ledger.add(table, RowChanges.inserted(rows.size()));
        return rows;
    }

    /** Runs an UPDATE with RETURNING; each result row is an updated row. */
    public <T> List<T> updateReturning(String table, String sql, RowReader<T> reader, Object... parameters)
            throws SQLException {
        List<T> rows = query(sql, reader, parameters);
        ledger.add(table, RowChanges.updated(rows.size()));
        return rows;
    }

    /** Runs a DELETE with RETURNING; each result row is a deleted row. */
    public <T> List<T> deleteReturning(String table, String sql, RowReader<T> reader, Object... parameters)
            throws SQLException {
        List<T> rows = query(sql, reader, parameters);
        ledger.add(table, RowChanges.deleted(rows.size()));
        return rows;
    }

    public <T> List<T> query(String sql, RowReader<T> reader, Object... parameters) throws SQLException {
        List<T> rows = new ArrayList<>();
        try (ResultSet result = bind(sql, parameters).executeQuery()) {
            while (result.next()) rows.add(reader.read(result));
        }
        return rows;
    }

    public <T> Optional<T> first(String sql, RowReader<T> reader, Object... parameters) throws SQLException {
        return query(sql, reader, parameters).stream().findFirst();
    }

    /** Adds rows that a statement changed beyond its own count: by a cascade, or by one half of a MERGE. */
    public void account(String table, RowChanges rows) {
        ledger.add(table, rows);
    }

    public void expect(List<ExpectedNotification> notifications) {
        ledger.expect(notifications);
    }

    public void expect(String type, String subject) {
        ledger.expect(List.of(new ExpectedNotification(type, subject)));
    }

    public Mark savepoint() throws SQLException {
        return new Mark(connection.setSavepoint(), ledger.copy());
    }

    public void rollbackTo(Mark mark) throws SQLException {
        connection.rollback(mark.savepoint());
        ledger.returnTo(mark.ledger());
    }

    Ledger ledger() {
        return ledger;
    }

    private long execute(String sql, Object... parameters) throws SQLException {
        return bind(sql, parameters).executeUpdate();
    }

    private PreparedStatement bind(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = statements.prepare(sql);
        for (int i = 0; i < parameters.length; i++) {
            Object parameter = parameters[i];
            if (parameter instanceof Object[] elements) {
                statement.setArray(i + 1, connection.createArrayOf(elementType(elements), elements));
            } else if (parameter == null) {
                statement.setNull(i + 1, Types.NULL);
            } else {
                statement.setObject(i + 1, parameter);
            }
        }
        return statement;
    }

    private static String elementType(Object[] elements) {
        if (elements instanceof String[]) return "text";
        if (elements instanceof Integer[]) return "int4";
        if (elements instanceof Long[]) return "int8";
        throw new IllegalArgumentException("no array type for " + elements.getClass());
    }
}
