package io.waltally.webhooks.deliver;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The status of delivery to an endpoint in this process.
 *
 * @param target scheme, host and port
 * @param reason details, if the state alone does not say enough
 * @param lastFailure of the attempts of this process
 * @param recentAttempts of this process, the latest one first
 */
public record EndpointStatus(
        String name,
        String target,
        State state,
        Optional<String> reason,
        Backlog backlog,
        Optional<LastFailure> lastFailure,
        List<RecentAttempt> recentAttempts,
        EndpointCounts counts) {
    /** The state of a delivery. */
    public enum State {
        STARTING,
        RUNNING,
        /** Waiting for Kafka. */
        WAITING,
        /** The endpoint answered 410: no requests until it is enabled. */
        DISABLED,
        STOPPED;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A failed attempt. */
    public record LastFailure(Instant time, String reason) {}
}
