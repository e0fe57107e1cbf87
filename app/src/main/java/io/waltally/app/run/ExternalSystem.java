package io.waltally.app.run;

import io.waltally.app.failure.ServerFailure;
import java.util.Optional;

/**
 * A server that the pipeline needs.
 *
 * @param name with address and key, for messages
 */
public record ExternalSystem(String name, Probe probe) {

    /** A health check of the system. */
    @FunctionalInterface
    public interface Probe {
        /** The reason why it cannot be used; empty if it can. */
        Optional<ServerFailure> check();
    }
}
