package io.waltally.webhooks.deliver;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Where delivery to an endpoint stands in this process.
 *
 * @param target scheme, host and port
 * @param reason why, where the state alone does not say it
 * @param lastFailure of the attempts of this process
 */
public record EndpointStatus(
        String name,
        String target,
        State state,
        Optional<String> reason,
        Backlog backlog,
        Optional<LastFailure> lastFailure,
        EndpointCounts counts) {
    /** What delivery to an endpoint may be doing. */
    public enum State {
        STARTING,
        RUNNING,
        /** For Kafka. */
        WAITING,
        /** The endpoint answered 410: it wants nothing until it is enabled. */
        DISABLED,
        STOPPED;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** An attempt that failed. */
    public record LastFailure(Instant time, String reason) {}
}
