package io.waltally.app.run;

/** A system did not answer as it should. */
public final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean answered;

    /** @param answered whether there is a server that refuses, so that waiting alone may not mend it */
    public UnreachableException(String reason, boolean answered) {
        super(reason);
        this.answered = answered;
    }

    public boolean answered() {
        return answered;
    }
}
