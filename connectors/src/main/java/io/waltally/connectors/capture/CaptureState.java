package io.waltally.connectors.capture;

/** The state of a capture. */
public enum CaptureState {
    /** Starting, or about to retry after an error. */
    STARTING,
    /** Another process captures this source; this one takes over when that one ends. */
    WAITING,
    SNAPSHOT,
    STREAMING,
    /** Stopped on request. */
    STOPPED,
    /** Stopped because another process has taken over. */
    FENCED,
    /** Stopped by an error that needs an operator. */
    FAILED;

    /** Whether this process has the lead of the source, or was the last one to have it. */
    public boolean leads() {
        return switch (this) {
            case STARTING, SNAPSHOT, STREAMING, FAILED -> true;
            case WAITING, STOPPED, FENCED -> false;
        };
    }
}
