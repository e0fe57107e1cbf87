package io.waltally.migrations;

/** A migration that cannot go on. The message names what is wrong and how to mend it, and never a password. */
public final class MigrationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MigrationException(String message) {
        super(message);
    }

    public MigrationException(String message, Throwable cause) {
        super(message, cause);
    }
}
