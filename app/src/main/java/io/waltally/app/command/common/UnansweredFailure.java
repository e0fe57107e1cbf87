package io.waltally.app.command.common;

/** The server at the address of a running instance did not answer a read-only request. */
public final class UnansweredFailure extends CommandFailure {
    private static final long serialVersionUID = 1;

    public UnansweredFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
