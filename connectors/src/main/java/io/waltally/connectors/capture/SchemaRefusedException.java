package io.waltally.connectors.capture;

/** A schema that must not be written with; the message says why. */
final class SchemaRefusedException extends RuntimeException {
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
}
