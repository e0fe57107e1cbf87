package io.waltally.connectors.capture;

/** One change cannot become a record of its topic; the message says what is wrong with it. */
final class PoisonException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean tooLarge;

    private PoisonException(String message, boolean tooLarge, Throwable cause) {
        super(message, cause);
        this.tooLarge = tooLarge;
    }

    static PoisonException unwritable(Throwable cause) {
        return new PoisonException("a value cannot be written as Avro: " + cause.getMessage(), false, cause);
    }

    static PoisonException tooLarge(long bytes, long limit) {
        return new PoisonException(
                "a record of " + bytes + " bytes is larger than kafka.max.request.size allows (" + limit + ")",
                true,
                null);
    }

    boolean tooLarge() {
        return tooLarge;
    }
}
