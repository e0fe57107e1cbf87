package io.waltally.schemas.topic;

/** The cluster does not create a topic as it is configured. */
public final class TopicRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TopicRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
