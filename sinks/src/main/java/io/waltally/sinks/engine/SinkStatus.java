package io.waltally.sinks.engine;

import io.waltally.sinks.target.CompletePosition;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * The status of a sink in this process.
 *
 * @param reason details, if the state alone does not say enough
 * @param rows written since the process started
 * @param rowsPerSecond over the last ten seconds
 * @param batches transactions committed
 * @param lastBatch records in the last one
 * @param retries failures after which the same was tried again
 * @param deadLetters records set aside
 * @param lag records that wait, of the partitions of this instance; of all, by the consumer group, while it cannot write
 * @param lagTime age of the last record that was written, by any process, while others wait; before the first, age of
 *     this process's attempt
 * @param completeTo the position up to which everything is in the target
 */
public record SinkStatus(
        String name,
        String type,
        String destination,
        State state,
        Optional<String> reason,
        long rows,
        double rowsPerSecond,
        long batches,
        long lastBatch,
        long retries,
        long deadLetters,
        long lag,
        Duration lagTime,
        Optional<CompletePosition> completeTo) {
    /** The state of a sink. */
    public enum State {
        STARTING,
        RUNNING,
        /** Another instance has the partitions. */
        STANDBY,
        /** Waiting for Kafka or the target. */
        WAITING,
        /** An operator has to fix the reported reason. The sink retries periodically. */
        FAILED,
        /** An operator paused it. */
        PAUSED,
        STOPPED;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
