package io.waltally.connectors.capture;

/** A schema that must not be written with; the message says why. */
class SchemaRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String remedy;

    SchemaRefusedException(String message, String remedy) {
        super(message);
        this.remedy = remedy;
    }

    /** What somebody has to decide and do, in sentences. */
    String remedy() {
        return remedy;
    }

    /** The registry finds no schema in it; another form of the same schema may do. */
    static final class NotUnderstood extends SchemaRefusedException {
        private static final long serialVersionUID = 1;

        NotUnderstood(String message, String remedy) {
            super(message, remedy);
        }
    }
}
