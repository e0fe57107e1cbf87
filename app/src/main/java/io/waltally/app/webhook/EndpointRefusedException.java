package io.waltally.app.webhook;

/** A request to an endpoint is refused. The message says why, and is meant for the user; it has no secret. */
public final class EndpointRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The reason why a request is refused. */
    public enum Kind {
        /** The name or the settings of the endpoint are invalid. */
        INVALID,
        UNKNOWN,
        /** Such an endpoint exists, is in the configuration, or cannot be kept or read with the configured keys. */
        CONFLICT
    }

    private final Kind kind;

    public EndpointRefusedException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
