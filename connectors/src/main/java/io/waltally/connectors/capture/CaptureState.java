package io.waltally.connectors.capture;

/** What a capture is doing. */
public enum CaptureState {
    /** Not yet at work, or on its way back after an error that may pass. */
    STARTING,
    /** Another process captures this source; this one takes over when that one ends. */
    WAITING,
    SNAPSHOT,
    STREAMING,
    /** Stopped because it was asked to. */
    STOPPED,
    /** Stopped because another process has taken over. */
    FENCED,
    /** Stopped for a reason that will not pass by itself. */
    FAILED
}
