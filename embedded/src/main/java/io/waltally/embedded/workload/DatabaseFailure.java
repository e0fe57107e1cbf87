package io.waltally.embedded.workload;

import java.sql.SQLException;

/** What an error of the database calls for. */
enum DatabaseFailure {
    /** The server cancelled the transaction to resolve a conflict: run it again. */
    CONFLICT,
    /** The connection is gone: open another. */
    CONNECTION,
    /** A defect of a statement or of the schema: running it again gives the same. */
    PERMANENT;

    static DatabaseFailure of(SQLException error) {
        String state = error.getSQLState();
        if (state == null) return PERMANENT;
        return switch (state) {
            case "40001", "40P01" -> CONFLICT;
            case "57P01", "57P02", "57P03" -> CONNECTION;
            default -> state.startsWith("08") ? CONNECTION : PERMANENT;
        };
    }
}
