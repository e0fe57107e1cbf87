package io.waltally.webhooks.deliver;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The status of delivery to an endpoint in this process.
 *
 * @param added whether it was added at run time, and is not in the configuration
 * @param target scheme, host and port; empty if unknown
 * @param reason details, if the state alone does not say enough
 * @param lastFailure of the attempts of this process
 * @param recentAttempts of this process, the latest one first
 */
public record EndpointStatus(
        String name,
        boolean added,
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
        /** An operator paused it. */
        PAUSED,
        /** The settings of the endpoint, which are in Kafka, cannot be read here. */
        UNREADABLE,
        /** The endpoint answered 410, or has failed for too long: no requests until it is resumed. */
        DISABLED,
        STOPPED;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The status of an endpoint whose settings cannot be read. */
    public static EndpointStatus unreadable(String name, String reason) {
        return new EndpointStatus(
                name,
                true,
                "",
                State.UNREADABLE,
                Optional.of(reason),
                Backlog.NONE,
                Optional.empty(),
                List.of(),
                new EndpointMeasures().read());
    }

    /** A failed attempt. */
    public record LastFailure(Instant time, String reason) {}
}
