package io.waltally.iceberg.column;

/** A column of a table that cannot take the values of the topic. The message names it, and both types. */
public final class ColumnConflictException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ColumnConflictException(String message) {
        super(message);
    }
}
