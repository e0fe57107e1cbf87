package io.waltally.app.run;

/** A system did not answer as expected. */
public final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean answered;

    /** @param answered whether a server refused, so that waiting may not help */
    public UnreachableException(String reason, boolean answered) {
        super(reason);
        this.answered = answered;
    }

    public boolean answered() {
        return answered;
    }
}
