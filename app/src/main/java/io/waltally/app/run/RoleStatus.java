package io.waltally.app.run;

import java.util.Locale;
import java.util.Optional;

/**
 * Where a role stands.
 *
 * @param reason why, where the state alone does not say it
 */
public record RoleStatus(State state, Optional<String> reason) {
    /** What a role may be doing. */
    public enum State {
        STARTING,
        /** For another instance to leave, or for a system to come back. */
        WAITING,
        SNAPSHOT,
        STREAMING,
        RUNNING,
        STOPPED,
        FAILED;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it has ended and will not go on by itself. */
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
