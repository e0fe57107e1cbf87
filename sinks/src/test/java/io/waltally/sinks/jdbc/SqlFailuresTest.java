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
    void aStateSaysWhatHasToHappenNext(String state, Kind kind, String meaning) {
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
                "SERROR\0C23514\0Mviolates check\0DFailing row (secret row)\0" + "spublic\0tbsos\0cpayload\0nshort\0");
        TargetException failure = SqlFailures.explain(LOGIN, new PSQLException(server));
        assertThat(failure)
                .hasMessage("db.example.com:5432/lake: violates check [table public.bsos, column payload, constraint"
                        + " short] (SQL state 23514)");
        assertThat(failure.getCause()).hasMessage("23514");
    }

    @Test
    void theMessageDoesNotQuoteTheValue() {
        ServerErrorMessage server =
                new ServerErrorMessage("SERROR\0C22007\0Minvalid input syntax for type date: \"secret\nvalue\"\0");
        assertThat(SqlFailures.explain(LOGIN, new PSQLException(server)))
                .hasMessage("db.example.com:5432/lake: invalid input syntax for type date (SQL state 22007)");
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
