package io.waltally.app.command.common;

/** Something listens at the address of a running instance, and has not answered a request that changes nothing. */
public final class UnansweredFailure extends CommandFailure {
    private static final long serialVersionUID = 1;

    public UnansweredFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
