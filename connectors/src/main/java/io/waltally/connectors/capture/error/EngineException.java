package io.waltally.connectors.capture.error;

import org.jspecify.annotations.Nullable;

/** Debezium's engine ended by itself; the cause says why, if the engine gave one. */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public EngineException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
