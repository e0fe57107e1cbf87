package io.waltally.connectors.capture.error;

import java.time.Instant;

/** The last watermark of a source cannot be decoded: the registry is not the one that it was written with. */
public final class UnreadableWatermarkException extends CaptureException {
    private static final long serialVersionUID = 1;

    private final Instant writtenAt;

    /** @param writtenAt when the watermark was written by the clock of the process that captured */
    public UnreadableWatermarkException(String message, Instant writtenAt, Throwable cause) {
        super(message, cause);
        this.writtenAt = writtenAt;
    }

    public Instant writtenAt() {
        return writtenAt;
    }
}
