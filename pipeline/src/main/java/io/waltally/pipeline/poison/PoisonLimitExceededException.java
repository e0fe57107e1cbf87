package io.waltally.pipeline.poison;

/** So many records are poison that setting them aside would be no help. It names no cause: none of them may pass. */
public final class PoisonLimitExceededException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PoisonLimitExceededException(String message) {
        super(message);
    }
}
