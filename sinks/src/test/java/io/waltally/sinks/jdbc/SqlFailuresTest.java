package io.waltally.sinks.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class SqlFailuresTest {
    private static final SinkLogin LOGIN =
            new SinkLogin("jdbc:postgresql://db.example.com:5432/lake?ssl=true", "writer", "secret");

    @ParameterizedTest
    @CsvSource(textBlock = """
            08001, UNAVAILABLE,   no connection
            08006, UNAVAILABLE,   connection lost
            08P01, UNAVAILABLE,   protocol violated by a pooler
            25006, UNAVAILABLE,   read-only: a standby until it is promoted
            25P02, UNAVAILABLE,   transaction aborted
            25P03, UNAVAILABLE,   idle in transaction for too long
            26000, UNAVAILABLE,   prepared statement gone with a session
            40001, UNAVAILABLE,   serialization failure
            40P01, UNAVAILABLE,   deadlock
            53000, UNAVAILABLE,   resources
            53100, UNAVAILABLE,   disk full
            53200, UNAVAILABLE,   out of memory
            53300, UNAVAILABLE,   too many connections
            55006, UNAVAILABLE,   object in use
            55P03, UNAVAILABLE,   lock not available in time
            57014, UNAVAILABLE,   statement timeout
            57P01, UNAVAILABLE,   terminated by an administrator
            57P02, UNAVAILABLE,   crash
            57P03, UNAVAILABLE,   starting up
            58030, UNAVAILABLE,   I/O error
            XX000, UNAVAILABLE,   internal error
            22001, REFUSED,       text too long
            22003, REFUSED,       number out of range
            22007, REFUSED,       no timestamp
            22021, REFUSED,       encoding
            22P02, REFUSED,       text that is no value of the type
            22P05, REFUSED,       JSON with a NUL
            23502, REFUSED,       not null
            23503, REFUSED,       foreign key
            23505, REFUSED,       unique
            23514, REFUSED,       check
            44000, REFUSED,       check of a view
            P0001, REFUSED,       exception of a trigger
            0A000, MISCONFIGURED, not supported
            21000, MISCONFIGURED, cardinality
            28000, MISCONFIGURED, role may not log in
            28P01, MISCONFIGURED, wrong password
            3D000, MISCONFIGURED, no such database
            3F000, MISCONFIGURED, no such schema
            42501, MISCONFIGURED, privilege
            42703, MISCONFIGURED, no such column
            42804, MISCONFIGURED, another type
            42P01, MISCONFIGURED, no such table
            42P10, MISCONFIGURED, no such constraint for ON CONFLICT
            54000, MISCONFIGURED, limit of the server
            55000, MISCONFIGURED, not in the state that is needed
            57P04, MISCONFIGURED, database dropped
            ZZ999, UNAVAILABLE,   unknown
            """)
    void sqlStateDeterminesTheFailureKind(String state, Kind kind, String meaning) {
        assertThat(SqlFailures.classify(new SQLException(meaning, state))).isEqualTo(kind);
        assertThat(SqlFailures.classify(batch(new SQLException(meaning, state))))
                .isEqualTo(kind);
        assertThat(SqlFailures.classify(
                        new SQLTransientConnectionException("timed out", new SQLException(meaning, state))))
                .isEqualTo(kind);
    }

    private static SQLException batch(SQLException cause) {
        BatchUpdateException batch = new BatchUpdateException("batch", null, new int[0]);
        batch.setNextException(cause);
        return batch;
    }

    @Test
    void aFailureWithoutStateIsTriedAgain() {
        assertThat(SqlFailures.classify(new SQLException("broken pipe", new IOException())))
                .isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void theMessageNamesTheTableAndNoValue() {
        ServerErrorMessage server = new ServerErrorMessage(
                "SERROR\0C23514\0Mnew row for relation \"bsos\" violates check constraint \"short\"\0"
                        + "DFailing row contains (secret row)\0spublic\0tbsos\0cpayload\0nshort\0");
        TargetException failure = SqlFailures.explain(LOGIN, new PSQLException(server));
        assertThat(failure)
                .hasMessage(
                        "db.example.com:5432/lake: new row for relation \"bsos\" violates check constraint \"short\""
                                + " [table public.bsos, column payload, constraint short] (SQL state 23514)");
        assertThat(failure.getCause()).hasMessage("23514");
    }

    /** What PostgreSQL says about values, in messages, details and contexts; each has the value "secret". */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            22P02 | invalid input syntax for type integer: "secret"            | | invalid input syntax for type integer
            22007 | invalid input syntax for type date: "secret: "x"           | | invalid input syntax for type date
            22003 | value "secret" is out of range for type integer            | | lake: value is out of range for type integer
            22008 | date/time field value out of range: "secret"               | | a date or time is out of range
            22P02 | malformed array literal: "secret"                          | | a text is no value of the type of its column
            22P02 | invalid input value for enum mood: "secret"                | | a text is no value of the type of its column
            22P02 | ungültige Eingabesyntax für Typ integer: »secret«          | | a text is no value of the type of its column
            22021 | invalid byte sequence for encoding "UTF8": 0xsecret        | | a text has a character that the encoding
            22P05 | character secret has no equivalent in encoding "LATIN1"    | | a text has a character that the type
            22023 | secret is not a valid time zone                            | | a value is not accepted
            22001 | value too long for type character varying(3)               | | value too long for type character varying(3)
            23505 | duplicate key value violates unique constraint "t_pkey"    | | unique constraint "t_pkey"
            23505 | secret is taken already                                    | | a unique constraint is violated
            23514 | no partition of relation "t" found for row secret          | | a check constraint is violated
            P0001 | secret is not allowed   | PL/pgSQL function refuse() line 1 at RAISE | raised an exception, in refuse
            23514 | new row for relation "secret" violates check constraint "x" | PL/pgSQL function public.refuse(text) line 1 at RAISE | a check constraint is violated, in public.refuse
            42P01 | relation "secret" does not exist | PL/pgSQL function refuse() line 3 at EXECUTE | an error of the database, in refuse
            42501 | permission denied for table secret | SQL function "audit" statement 1 | a privilege is missing, in "audit"
            40001 | secret          | PL/Python function "audit"                         | rolled back because of another one, in "audit"
            45000 | secret          |                                                    | an error of the database
            XX000 | secret          | PL/Perl function "audit"                           | in "audit"
            22P02 | invalid input syntax for type integer: "secret" | COPY t, line 1, column id: "SQL function secret" | invalid input syntax for type integer
            """)
    void noMessageHasAValue(String state, String text, String context, String shown) {
        String all = "SERROR\0C" + state + "\0M" + text + "\0DFailing row contains (secret)\0Htry secret\0"
                + (context == null ? "" : "W" + context + "\0");
        assertThat(SqlFailures.explain(LOGIN, new PSQLException(new ServerErrorMessage(all))))
                .hasMessageContaining(shown)
                .hasMessageContaining(state)
                .hasMessageNotContaining("secret");
    }

    @Test
    void textsOfRaiseAreNotShownUnderAnyState() {
        ServerErrorMessage server =
                new ServerErrorMessage("SERROR\0C55000\0Mnot now, secret\0Fpl_exec.c\0Rexec_stmt_raise\0");
        assertThat(SqlFailures.explain(LOGIN, new PSQLException(server))).hasMessageNotContaining("secret");
    }

    @Test
    void statementsOfABatchAndValuesOfTheDriverAreNotShown() {
        assertThat(SqlFailures.explain(
                        LOGIN,
                        new BatchUpdateException(
                                "Batch entry 0 INSERT INTO t VALUES ('secret') was aborted", "08006", new int[0])))
                .hasMessageNotContaining("secret");
        assertThat(SqlFailures.explain(LOGIN, new SQLException("Bad value for type int : secret", "22003")))
                .hasMessage("db.example.com:5432/lake: a number is out of range for its column (SQL state 22003)");
    }

    @Test
    void theMessageIsThatOfTheServerAndNotOfThePool() {
        SQLException server = new SQLException("database \"lake\" does not exist", "3D000");
        assertThat(SqlFailures.explain(LOGIN, new SQLTransientConnectionException("timed out", "3D000", server)))
                .hasMessage("db.example.com:5432/lake: database \"lake\" does not exist (SQL state 3D000)");
    }

    @Test
    void theMessageSaysWhatToDo() {
        assertThat(SqlFailures.explain(LOGIN, new SQLException("permission denied for table t", "42501")))
                .hasMessageEndingWith("grant it to role writer (docs/sinks.md#privileges)");
        assertThat(SqlFailures.explain(LOGIN, new SQLException("cannot execute INSERT", "25006")))
                .hasMessageEndingWith("give the address of the primary");
    }

    @Test
    void aLoginShowsNoPassword() {
        assertThat(LOGIN).hasToString("writer at db.example.com:5432/lake");
    }
}
