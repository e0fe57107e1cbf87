package io.waltally.app.status;

import io.waltally.sinks.engine.SinkStatus;
import java.util.Optional;

/**
 * The status of a sink over all instances. Unknown values are empty.
 *
 * @param state of its consumer group, or as an instance says; "paused" if an operator paused it
 * @param lag committed records that it has not written yet
 * @param lagSeconds age of the last record that was written, while others wait
 * @param appliedLsn everything that ended at or before it is in the target
 * @param members instances that have partitions
 * @param deadLetters open ones
 */
public record SinkSummary(
        String type,
        String state,
        Optional<String> reason,
        Optional<Long> lag,
        Optional<Double> lagSeconds,
        Optional<String> appliedLsn,
        Optional<Integer> members,
        long deadLetters) {
    static final String PAUSED = "paused";

    private static final double MILLIS_PER_SECOND = 1_000;

    /**
     * As seen by its consumer group.
     *
     * @param lagSeconds age of the last record that was written, while others wait
     */
    static SinkSummary of(
            String type, StageStatus group, Optional<Double> lagSeconds, boolean paused, long deadLetters) {
        return new SinkSummary(
                type,
                paused ? PAUSED : group.state(),
                paused ? Optional.empty() : group.reason(),
                group.lag(),
                lagSeconds,
                Optional.empty(),
                group.members(),
                deadLetters);
    }

    /** Adds the state that an instance reports. */
    SinkSummary with(SinkStatus own) {
        boolean shared = members.orElse(0) > 1 || own.state() == SinkStatus.State.STANDBY;
        return with(
                own.state().id(),
                own.reason(),
                shared ? lag : Optional.of(own.lag()),
                own.state() == SinkStatus.State.STANDBY
                        ? lagSeconds
                        : Optional.of(own.lagTime().toMillis() / MILLIS_PER_SECOND),
                own.completeTo().map(position -> position.lsn().toString()));
    }

    /** Adds the state that an instance reports. */
    public SinkSummary with(
            String newState,
            Optional<String> newReason,
            Optional<Long> newLag,
            Optional<Double> newLagSeconds,
            Optional<String> newAppliedLsn) {
        return new SinkSummary(type, newState, newReason, newLag, newLagSeconds, newAppliedLsn, members, deadLetters);
    }

    /** Whether it writes, or an operator wants that it does not. */
    boolean healthy() {
        return switch (state) {
            case "running", "rebalancing", "standby", "starting", PAUSED -> true;
            default -> false;
        };
    }
}
