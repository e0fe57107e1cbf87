package io.waltally.app.run;

/** An instance cannot start. The message says why and what to do. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StartException(String message) {
        super(message);
    }
}
