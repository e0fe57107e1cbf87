package io.waltally.connectors.capture.error;

import java.sql.SQLException;

/** A query to the source failed while streaming. The SQLSTATE of its cause decides whether to retry. */
public final class SourceQueryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SourceQueryException(String what, SQLException cause) {
        super(what + ": " + cause.getMessage(), cause);
    }
}
