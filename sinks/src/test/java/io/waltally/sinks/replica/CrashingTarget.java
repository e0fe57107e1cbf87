package io.waltally.sinks.replica;

import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Fails at random: before and after writes, before a commit, and after one; not more than a few times in a row, since the
 * sink waits twice as long each time.
 */
final class CrashingTarget implements Target {
    private static final int MAX_CONSECUTIVE = 3;

    private final Target target;
    private final Random random;
    private final double probability;
    private final AtomicInteger writes;
    private final AtomicInteger crashes;
    private final AtomicInteger inARow;

    /**
     * @param writes counts attempts to write
     * @param inARow counts crashes since the last commit
     */
    CrashingTarget(
            Target target,
            Random random,
            double probability,
            AtomicInteger writes,
            AtomicInteger crashes,
            AtomicInteger inARow) {
        this.target = target;
        this.random = random;
        this.probability = probability;
        this.writes = writes;
        this.crashes = crashes;
        this.inARow = inARow;
    }

    private void crash() {
        if (random.nextDouble() < probability && inARow.get() < MAX_CONSECUTIVE) {
            inARow.incrementAndGet();
            crashes.incrementAndGet();
            throw new IllegalStateException("crash of the test");
        }
    }

    @Override
    public void check() {
        target.check();
    }

    @Override
    public Map<TopicPartition, Long> claim(WriterClaim claim) {
        return target.claim(claim);
    }

    @Override
    public void release(Collection<TopicPartition> partitions) {
        target.release(partitions);
    }

    @Override
    public Map<TopicPartition, Long> positions(Set<String> topics) {
        return target.positions(topics);
    }

    @Override
    public Map<TopicPartition, Instant> confirmedAt(Set<String> topics) {
        return target.confirmedAt(topics);
    }

    @Override
    public Optional<CompletePosition> completeTo() {
        return target.completeTo();
    }

    @Override
    public boolean recordsCompleteness() {
        return target.recordsCompleteness();
    }

    @Override
    public void withdrawCompleteness() {
        target.withdrawCompleteness();
    }

    @Override
    public Optional<String> missingRows() {
        return target.missingRows();
    }

    @Override
    public Optional<TargetException> refusal(ConsumerRecord<byte[], byte[]> record) {
        return target.refusal(record);
    }

    @Override
    public void begin() {
        target.begin();
    }

    @Override
    public long apply(List<ConsumerRecord<byte[], byte[]>> records) {
        writes.incrementAndGet();
        crash();
        long rows = target.apply(records);
        crash();
        return rows;
    }

    @Override
    public void noteSetAside(ConsumerRecord<byte[], byte[]> record) {
        target.noteSetAside(record);
    }

    @Override
    public void commit(TopicOffsets positions) {
        crash();
        target.commit(positions);
        inARow.set(0);
        crash();
    }

    @Override
    public void rollback() {
        target.rollback();
    }

    @Override
    public void maintain() {
        target.maintain();
    }

    @Override
    public void close() {
        target.close();
    }
}
