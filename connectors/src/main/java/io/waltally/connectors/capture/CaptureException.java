package io.waltally.connectors.capture;

/** Capture cannot go on without somebody's decision; the message says what is wrong and how to mend it. */
public final class CaptureException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public CaptureException(String message) {
        super(message);
    }

    public CaptureException(String message, Throwable cause) {
        super(message, cause);
    }
}
