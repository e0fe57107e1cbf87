package io.waltally.connectors.capture.error;

/** A schema was refused; the message says why. */
public class SchemaRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String remedy;

    public SchemaRefusedException(String message, String remedy) {
        super(message);
        this.remedy = remedy;
    }

    /** The problem and what to do about it, in sentences. */
    public String remedy() {
        return remedy;
    }

    /** The registry cannot parse the schema; another form of it may be accepted. */
    public static final class NotUnderstood extends SchemaRefusedException {
        private static final long serialVersionUID = 1;

        public NotUnderstood(String message, String remedy) {
            super(message, remedy);
        }
    }
}
