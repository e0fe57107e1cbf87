package io.waltally.connectors.capture.error;

/** The configuration contradicts that of another process, which captures the source. */
public final class CapturedElsewhereException extends CaptureException {
    private static final long serialVersionUID = 1;

    public CapturedElsewhereException(String message) {
        super(message);
    }
}
