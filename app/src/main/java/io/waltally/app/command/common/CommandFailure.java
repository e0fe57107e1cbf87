package io.waltally.app.command.common;

/**
 * A command failed. The message is meant for the user; the process exits with 1, or with 2 if the command's own
 * arguments are wrong.
 */
public class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean wrongUsage;

    public CommandFailure(String message) {
        this(message, false);
    }

    private CommandFailure(String message, boolean wrongUsage) {
        super(message);
        this.wrongUsage = wrongUsage;
    }

    /** The arguments are invalid, or name something that does not exist. */
    public static CommandFailure wrongUsage(String message) {
        return new CommandFailure(message, true);
    }

    public CommandFailure(String message, Throwable cause) {
        super(message, cause);
        this.wrongUsage = false;
    }

    public boolean isWrongUsage() {
        return wrongUsage;
    }
}
