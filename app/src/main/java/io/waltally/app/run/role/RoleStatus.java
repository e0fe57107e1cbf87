package io.waltally.app.run.role;

import java.util.Locale;
import java.util.Optional;

/**
 * The state of a role, and the reason for it.
 *
 * @param reason details, if the state alone does not say enough
 */
public record RoleStatus(State state, Optional<String> reason) {
    /** The state of a role. */
    public enum State {
        STARTING,
        /** Waiting for another instance to leave, or for a system to come back. */
        WAITING,
        SNAPSHOT,
        STREAMING,
        RUNNING,
        STOPPED,
        FAILED;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it has ended and will not continue by itself. */
        public boolean ended() {
            return this == STOPPED || this == FAILED;
        }
    }

    public static RoleStatus of(State state) {
        return new RoleStatus(state, Optional.empty());
    }

    public static RoleStatus failed(String reason) {
        return new RoleStatus(State.FAILED, Optional.of(reason));
    }
}
