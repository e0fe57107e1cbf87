package io.waltally.app.command;

/**
 * A command did not do what it is for. The message is for the person at the terminal; the process exits 1, or 2 if the
 * command's own arguments are wrong.
 */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean wrongUsage;

    public CommandFailure(String message) {
        this(message, false);
    }

    private CommandFailure(String message, boolean wrongUsage) {
        super(message);
        this.wrongUsage = wrongUsage;
    }

    /** A running instance refused what it was asked for as wrong in itself. */
    static CommandFailure wrongUsage(String message) {
        return new CommandFailure(message, true);
    }

    public CommandFailure(String message, Throwable cause) {
        super(message, cause);
        this.wrongUsage = false;
    }

    boolean isWrongUsage() {
        return wrongUsage;
    }
}
