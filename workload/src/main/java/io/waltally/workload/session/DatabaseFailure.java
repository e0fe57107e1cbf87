package io.waltally.workload.session;

import java.sql.SQLException;

/** Decides how to react to an error of the database. */
public enum DatabaseFailure {
    /** The server cancelled the transaction because of a conflict: retry it. */
    CONFLICT,
    /** The connection is lost: open another one. */
    CONNECTION,
    /** A defect of a statement or of the schema: a retry would fail again. */
    PERMANENT;

    public static DatabaseFailure of(SQLException error) {
        String state = error.getSQLState();
        if (state == null) return PERMANENT;
        return switch (state) {
            case "40001", "40P01" -> CONFLICT;
            case "57P01", "57P02", "57P03" -> CONNECTION;
            default -> state.startsWith("08") ? CONNECTION : PERMANENT;
        };
    }
}
