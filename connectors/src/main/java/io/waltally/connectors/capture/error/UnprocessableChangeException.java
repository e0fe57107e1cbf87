package io.waltally.connectors.capture.error;

/** A change cannot become a record of its topic; the message says why. */
public final class UnprocessableChangeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean tooLarge;

    private UnprocessableChangeException(String message, boolean tooLarge, Throwable cause) {
        super(message, cause);
        this.tooLarge = tooLarge;
    }

    public static UnprocessableChangeException unwritable(Throwable cause) {
        return new UnprocessableChangeException(
                "a value cannot be written as Avro: " + cause.getMessage(), false, cause);
    }

    public static UnprocessableChangeException tooLarge(long bytes, long limit) {
        return new UnprocessableChangeException(
                "a record of " + bytes + " bytes is larger than kafka.max.request.size allows (" + limit + ")",
                true,
                null);
    }

    public boolean tooLarge() {
        return tooLarge;
    }
}
