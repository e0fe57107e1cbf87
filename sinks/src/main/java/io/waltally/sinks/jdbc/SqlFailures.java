package io.waltally.sinks.jdbc;

import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What a failure of PostgreSQL means for a sink, by its SQL state. */
final class SqlFailures {
    private static final String READ_ONLY = "25006";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final int CLASS_LENGTH = 2;

    /** By class, the first two characters of a state. */
    private static final Map<String, Kind> BY_CLASS = Map.ofEntries(
            // Connection, transaction rollback (serialization, deadlock), resources (disk full, connections).
            Map.entry("08", Kind.UNAVAILABLE),
            Map.entry("25", Kind.UNAVAILABLE),
            Map.entry("40", Kind.UNAVAILABLE),
            Map.entry("53", Kind.UNAVAILABLE),
            // Lock not available, object in use; shutdown, cancelled by a timeout; I/O.
            Map.entry("55", Kind.UNAVAILABLE),
            Map.entry("57", Kind.UNAVAILABLE),
            Map.entry("58", Kind.UNAVAILABLE),
            Map.entry("XX", Kind.UNAVAILABLE),
            // Values that the column or a constraint does not accept; an exception of a trigger.
            Map.entry("22", Kind.REFUSED),
            Map.entry("23", Kind.REFUSED),
            Map.entry("44", Kind.REFUSED),
            Map.entry("P0", Kind.REFUSED),
            // Features, login, names, privileges, types, limits of a program.
            Map.entry("0A", Kind.MISCONFIGURED),
            Map.entry("21", Kind.MISCONFIGURED),
            Map.entry("28", Kind.MISCONFIGURED),
            Map.entry("3D", Kind.MISCONFIGURED),
            Map.entry("3F", Kind.MISCONFIGURED),
            Map.entry("42", Kind.MISCONFIGURED),
            Map.entry("54", Kind.MISCONFIGURED));

    /** States that mean something else than their class. */
    private static final Map<String, Kind> BY_STATE = Map.of(
            // A prepared statement of a session that a pooler has replaced, or whose result type was altered.
            "26000", Kind.UNAVAILABLE,
            "0A001", Kind.UNAVAILABLE,
            // The object is not in the state that is needed; a setting cannot be changed now.
            "55000", Kind.MISCONFIGURED,
            "55P02", Kind.MISCONFIGURED,
            // The database was dropped.
            "57P04", Kind.MISCONFIGURED);

    private static final Set<String> NO_REASON = Set.of("", "null");

    private SqlFailures() {}

    /** The kind of a failure. One without a state, or with an unknown one, is tried again. */
    static Kind classify(SQLException failure) {
        String state = decisive(failure).getSQLState();
        if (state == null || state.length() < CLASS_LENGTH) {
            return Kind.UNAVAILABLE;
        }
        return Optional.ofNullable(BY_STATE.get(state))
                .or(() -> Optional.ofNullable(BY_CLASS.get(state.substring(0, CLASS_LENGTH))))
                .orElse(Kind.UNAVAILABLE);
    }

    /** The failure that says most: a batch and a pool wrap it. */
    private static SQLException decisive(SQLException failure) {
        if (failure instanceof BatchUpdateException && failure.getNextException() != null) {
            return decisive(failure.getNextException());
        }
        boolean wraps = failure.getSQLState() == null || failure instanceof SQLTransientConnectionException;
        if (wraps && failure.getCause() instanceof SQLException cause) {
            return decisive(cause);
        }
        return failure;
    }

    /** The exception to throw. Its message has no values of rows, which the server's details would. */
    static TargetException explain(SinkLogin login, SQLException failure) {
        SQLException decisive = decisive(failure);
        StringBuilder message = new StringBuilder(login.address()).append(": ").append(reason(decisive));
        if (decisive.getSQLState() != null) {
            message.append(" (SQL state ").append(decisive.getSQLState()).append(')');
        }
        if (READ_ONLY.equals(decisive.getSQLState())) {
            message.append("; a standby cannot be written: give the address of the primary");
        }
        if (INSUFFICIENT_PRIVILEGE.equals(decisive.getSQLState())) {
            message.append("; grant it to role ").append(login.user()).append(" (docs/sinks.md#privileges)");
        }
        return new TargetException(classify(failure), message.toString(), new SQLException(decisive.getSQLState()));
    }

    /** PostgreSQL quotes a value that it does not accept behind a colon; names of objects stand elsewhere. */
    private static String withoutValue(String message) {
        int value = message.indexOf(": \"");
        return value < 0 ? message : message.substring(0, value);
    }

    private static String reason(SQLException failure) {
        ServerErrorMessage server = failure instanceof PSQLException known ? known.getServerErrorMessage() : null;
        if (server == null) {
            String message = failure.getMessage();
            return message == null || NO_REASON.contains(message)
                    ? failure.getClass().getSimpleName()
                    : message.lines().findFirst().orElse(message);
        }
        StringBuilder reason = new StringBuilder(withoutValue(String.valueOf(server.getMessage())));
        if (server.getTable() != null) {
            reason.append(" [table ").append(server.getSchema()).append('.').append(server.getTable());
            if (server.getColumn() != null) {
                reason.append(", column ").append(server.getColumn());
            }
            if (server.getConstraint() != null) {
                reason.append(", constraint ").append(server.getConstraint());
            }
            reason.append(']');
        }
        return reason.toString();
    }
}
