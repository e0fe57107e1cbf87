package io.waltally.pipeline.deadletter;

/** Too many records are unprocessable. Has no cause, so that it is never taken for a retriable error. */
public final class DeadLetterLimitExceededException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DeadLetterLimitExceededException(String message) {
        super(message);
    }
}
