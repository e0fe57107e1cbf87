package io.waltally.sinks.target;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The place that a sink writes to. It keeps the positions up to which it has the topics, and advances them in the same
 * transaction as what was written, so that each record takes effect once. Used by one thread.
 *
 * <p>All methods throw {@link TargetException} if they fail. After that, {@link #rollback} is called if a transaction
 * was open.
 */
public interface Target extends AutoCloseable {
    /**
     * Checks that the sink can write here: what its first claim would find, and privileges. Leaves everything as it is,
     * and takes a few seconds at most.
     */
    void check();

    /**
     * Makes this instance the only writer of some partitions: a transaction of their former writer that has not
     * committed yet is refused from now on.
     *
     * @return the offset of the next record to be read; absent for partitions that were never written
     */
    Map<TopicPartition, Long> claim(WriterClaim claim);

    /** Forgets partitions that another instance will claim. */
    void release(Collection<TopicPartition> partitions);

    /** The committed positions of all instances, of the partitions that this sink was ever asked for. */
    Map<TopicPartition, Long> positions(Set<String> topics);

    /**
     * The time when a transaction last advanced or confirmed each position. What was deleted in a compacted topic
     * longer ago than the topic keeps deletions may have been missed since.
     */
    Map<TopicPartition, Instant> confirmedAt(Set<String> topics);

    /** The last position that a commit recorded; empty before the first. */
    default Optional<CompletePosition> completeTo() {
        return Optional.empty();
    }

    /** Whether commits record the position up to which the target is complete. */
    default boolean recordsCompleteness() {
        return false;
    }

    /**
     * Forgets, in the open transaction, the position that a commit recorded: from here on the target is not as the
     * source was.
     */
    default void withdrawCompleteness() {}

    /**
     * Describes rows that are missing from the target, or older there than at the source, although their records were
     * read, and the fix; empty if there are none. While there are any the target is not complete to any position.
     */
    default Optional<String> missingRows() {
        return Optional.empty();
    }

    /**
     * The reason why a record is not to be applied: it is none of the topic's own, so that no transaction lacks it.
     * Empty for all others. Does not ask the target.
     */
    default Optional<TargetException> refusal(ConsumerRecord<byte[], byte[]> record) {
        return Optional.empty();
    }

    /** Begins a transaction. */
    void begin();

    /**
     * Writes records in the open transaction. They are in the order of their partitions.
     *
     * @return the number of rows that were written
     */
    long apply(List<ConsumerRecord<byte[], byte[]>> records);

    /**
     * Notes in the open transaction that a record was not written, since the target refuses its values: the row is
     * missing or older than at the source. Not called for records that have a {@link #refusal}.
     */
    default void noteSetAside(ConsumerRecord<byte[], byte[]> record) {}

    /**
     * Commits the open transaction together with the positions, unless another instance has claimed one of them, or one
     * is not where the last transaction of this instance left it.
     */
    void commit(TopicOffsets positions);

    /** Ends the open transaction without effect, if there is one. */
    void rollback();

    /** Does what is due beside the topics; called about every second, and outside of transactions. */
    default void maintain() {}

    @Override
    void close();
}
