package io.waltally.sinks.engine;

import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Copies records from topics to a target, for the lifetime of its consumers and its target. Used by one thread. */
interface Session extends AutoCloseable {
    /**
     * Writes what there is, or waits half a second for it.
     *
     * @return whether anything was written
     */
    boolean step();

    /** Whether this instance has partitions. */
    boolean active();

    /** Records that wait, of the partitions of this instance. */
    long lag();

    /** Whether no record waits, as far as is known of all partitions of this instance. */
    boolean caughtUp();

    /** Rows that the target lacks, as of the last check. */
    Optional<String> missingRows();

    /** Whether these rows are being read from the source, so that no operator has to act. */
    default boolean isBeingFilled() {
        return false;
    }

    /** The partitions that the lag covers. */
    Set<TopicPartition> partitions();

    @Override
    void close();
}
