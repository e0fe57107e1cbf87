package io.waltally.connectors.capture.error;

/** Capture needs a decision of an operator. The message says what is wrong and how to fix it. */
public class CaptureException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public CaptureException(String message) {
        super(message);
    }

    public CaptureException(String message, Throwable cause) {
        super(message, cause);
    }
}
