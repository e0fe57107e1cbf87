package io.waltally.connectors.capture;

import java.sql.SQLException;

/** A query to the source failed, in the middle of the stream; its SQLSTATE tells what that means. */
final class SourceQueryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SourceQueryException(String what, SQLException cause) {
        super(what + ": " + cause.getMessage(), cause);
    }
}
