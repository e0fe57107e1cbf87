package io.waltally.sinks.jdbc;

import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Classifies PostgreSQL errors of a sink by their SQL state. */
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

    /** The meanings of SQL states and their classes. They replace the server's texts where those may contain values. */
    private static final Map<String, String> MEANINGS = Map.ofEntries(
            Map.entry("22", "a value is not accepted"),
            Map.entry("22001", "a text is too long for its column"),
            Map.entry("22003", "a number is out of range for its column"),
            Map.entry("22007", "a text is no date or time"),
            Map.entry("22008", "a date or time is out of range"),
            Map.entry("22021", "a text has a character that the encoding of the database has not"),
            Map.entry("22P02", "a text is no value of the type of its column"),
            Map.entry("22P05", "a text has a character that the type of its column or the encoding has not"),
            Map.entry("23", "a constraint is violated"),
            Map.entry("23502", "a not-null constraint is violated"),
            Map.entry("23503", "a foreign key is violated"),
            Map.entry("23505", "a unique constraint is violated"),
            Map.entry("23514", "a check constraint is violated"),
            Map.entry("23P01", "an exclusion constraint is violated"),
            Map.entry("42501", "a privilege is missing"),
            Map.entry("44", "the check option of a view is violated"),
            Map.entry("40", "the transaction was rolled back because of another one"),
            Map.entry("53", "the server lacks resources"),
            Map.entry("55P03", "a lock was not free in time"),
            Map.entry("57", "the server has ended the statement"),
            Map.entry("P0", "a function of the database has raised an exception"));

    /** The parts of messages that contain no values. A message in another language is replaced by its meaning. */
    private static final Pattern[] HARMLESS = {
        Pattern.compile("^invalid input syntax for type [\\w ]+(?=$|:)"),
        Pattern.compile("^value is out of range for type [\\w ]+$"),
        Pattern.compile("^value too long for type [\\w ]+(\\(\\d+\\))?$"),
        Pattern.compile("^null value in column \"[^\"]*\"( of relation \"[^\"]*\")? violates not-null constraint$"),
        Pattern.compile("^duplicate key value violates unique constraint \"[^\"]*\"$"),
        Pattern.compile("^new row for relation \"[^\"]*\" violates check constraint \"[^\"]*\"$"),
        Pattern.compile("^insert or update on table \"[^\"]*\" violates foreign key constraint \"[^\"]*\"$"),
        Pattern.compile("^update or delete on table \"[^\"]*\" violates foreign key constraint \"[^\"]*\""
                + " on table \"[^\"]*\"$"),
        Pattern.compile("^(integer|bigint|smallint) out of range$"),
        Pattern.compile("^numeric field overflow$")
    };

    private static final Pattern OUT_OF_RANGE = Pattern.compile("^value \".*\" is out of range", Pattern.DOTALL);

    /** In the context of an error, below the lines of what it called. */
    private static final Pattern FUNCTION =
            Pattern.compile("^(?:PL/\\w+|SQL) function (\"?[\\w.$]+\"?)", Pattern.MULTILINE);

    /** Begins the part of a context that quotes a row. */
    private static final Pattern COPY = Pattern.compile("^COPY ", Pattern.MULTILINE);

    /** The server's routine for PL/pgSQL's RAISE, which may be in an anonymous block. */
    private static final String RAISING_ROUTINE = "exec_stmt_raise";

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

    /** The exception to throw. Its message has no values of rows. */
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

    /**
     * Describes the error without values of rows. The server quotes them in messages about values, and code in the
     * database puts them wherever it likes, under any state; it puts them into details, hints and contexts of all
     * errors too, which are not used here, except for the name of the function.
     */
    private static String reason(SQLException failure) {
        ServerErrorMessage server = failure instanceof PSQLException known ? known.getServerErrorMessage() : null;
        if (server == null) {
            return failure instanceof BatchUpdateException || isAboutValues(failure.getSQLState())
                    ? meaning(failure.getSQLState())
                    : firstLine(failure);
        }
        Optional<String> function = function(server);
        StringBuilder reason = new StringBuilder();
        if (function.isPresent() || !isText(server)) {
            reason.append(meaning(failure.getSQLState()));
        } else if (isAboutValues(failure.getSQLState())) {
            reason.append(harmless(server.getMessage()).orElseGet(() -> meaning(failure.getSQLState())));
        } else {
            reason.append(server.getMessage());
        }
        function.ifPresent(name -> reason.append(", in ").append(name));
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

    private static String firstLine(SQLException failure) {
        String message = failure.getMessage();
        return message == null || NO_REASON.contains(message)
                ? failure.getClass().getSimpleName()
                : message.lines().findFirst().orElse(message);
    }

    private static boolean isText(ServerErrorMessage server) {
        return server.getMessage() != null && !RAISING_ROUTINE.equals(server.getRoutine());
    }

    /** Also of states that no server has: only code in the database raises them. */
    private static boolean isAboutValues(@Nullable String state) {
        if (state == null || state.length() < CLASS_LENGTH) {
            return false;
        }
        Kind kind = BY_CLASS.get(state.substring(0, CLASS_LENGTH));
        return !BY_STATE.containsKey(state) && (kind == null || kind == Kind.REFUSED);
    }

    /** The function in which it happened, if it was one. */
    private static Optional<String> function(ServerErrorMessage server) {
        if (server.getWhere() == null) {
            return Optional.empty();
        }
        Matcher function = FUNCTION.matcher(COPY.split(server.getWhere(), 2)[0]);
        return function.find() ? Optional.of(function.group(1)) : Optional.empty();
    }

    /** The part of a message that names a type, a constraint or a column. */
    private static Optional<String> harmless(String text) {
        String message = OUT_OF_RANGE.matcher(text).replaceFirst("value is out of range");
        return Stream.of(HARMLESS)
                .map(pattern -> pattern.matcher(message))
                .filter(Matcher::find)
                .map(Matcher::group)
                .findFirst();
    }

    private static String meaning(@Nullable String state) {
        String known = state == null ? "" : state;
        String byClass = known.length() < CLASS_LENGTH ? "" : known.substring(0, CLASS_LENGTH);
        return MEANINGS.getOrDefault(known, MEANINGS.getOrDefault(byClass, "an error of the database"));
    }
}
