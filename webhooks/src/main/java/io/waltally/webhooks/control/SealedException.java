package io.waltally.webhooks.control;

/** Sealed settings cannot be opened, or settings cannot be sealed, with the configured keys. The message says why. */
public final class SealedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SealedException(String message) {
        super(message);
    }

    SealedException(String message, Throwable cause) {
        super(message, cause);
    }
}
