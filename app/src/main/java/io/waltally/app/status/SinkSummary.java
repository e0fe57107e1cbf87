package io.waltally.app.status;

import io.waltally.sinks.engine.SinkStatus;
import java.util.Optional;

/**
 * The status of a sink over all instances. Unknown values are empty.
 *
 * @param state of its consumer group, or as an instance says; "paused" if an operator paused it
 * @param lag committed records that it has not written yet
 * @param lagSeconds age of the last record that was written, while others wait
 * @param lagBytes WAL between the applied and the captured LSN
 * @param appliedLsn everything that ended at or before it is in the target
 * @param rowsPerSecond that the instance has written over the last ten seconds
 * @param lastBatch records in the last transaction of the instance
 * @param retries failures after which the instance tried the same again
 * @param members instances that have partitions
 * @param deadLetters open ones
 */
public record SinkSummary(
        String type,
        String state,
        Optional<String> reason,
        Optional<Long> lag,
        Optional<Double> lagSeconds,
        Optional<Long> lagBytes,
        Optional<String> appliedLsn,
        Optional<Double> rowsPerSecond,
        Optional<Long> lastBatch,
        Optional<Long> retries,
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
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                group.members(),
                deadLetters);
    }

    /** Adds the state that an instance reports. */
    SinkSummary with(SinkReport report) {
        SinkStatus own = report.status();
        boolean standby = own.state() == SinkStatus.State.STANDBY;
        boolean shared = members.orElse(0) > 1 || standby;
        return new SinkSummary(
                type,
                own.state().id(),
                own.reason(),
                shared ? lag : Optional.of(own.lag()),
                standby ? lagSeconds : Optional.of(own.lagTime().toMillis() / MILLIS_PER_SECOND),
                report.lagBytes(),
                own.completeTo().map(position -> position.lsn().toString()),
                Optional.of(own.rowsPerSecond()),
                Optional.of(own.lastBatch()),
                Optional.of(own.retries()),
                members,
                deadLetters);
    }

    /** Whether it writes, or an operator wants that it does not. */
    boolean healthy() {
        return switch (state) {
            case "running", "rebalancing", "standby", "starting", PAUSED -> true;
            default -> false;
        };
    }
}
