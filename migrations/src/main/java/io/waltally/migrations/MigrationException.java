package io.waltally.migrations;

/** A migration failed. The message says what is wrong and how to fix it, and never contains a password. */
public final class MigrationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MigrationException(String message) {
        super(message);
    }

    public MigrationException(String message, Throwable cause) {
        super(message, cause);
    }
}
