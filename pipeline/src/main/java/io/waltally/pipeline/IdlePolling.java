package io.waltally.pipeline;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecords;

/**
 * Decides how long a stream thread polls. After each poll a thread punctuates and commits its tasks, even if there is
 * nothing to do. While it has something to do, a poll waits for {@link #POLL} at most. Once nothing has
 * happened for {@link #IDLE_AFTER}, a poll waits for the whole {@code poll.ms}, unless records arrive or a global store
 * changes.
 *
 * <p>Belongs to one thread.
 */
final class IdlePolling {
    static final Duration POLL = Duration.ofMillis(100);
    static final Duration IDLE_AFTER = Duration.ofMillis(500);

    /** After the creation, when tasks are restored meanwhile. */
    static final Duration START = Duration.ofSeconds(10);

    private final AtomicLong globalUpdates;
    private final LongSupplier nanoTime;
    private long knownUpdates;
    private long activeNanos;

    /** @param globalUpdates the number of changes of global stores */
    IdlePolling(AtomicLong globalUpdates, LongSupplier nanoTime) {
        this.globalUpdates = globalUpdates;
        this.nanoTime = nanoTime;
        this.activeNanos = nanoTime.getAsLong() + START.toNanos();
    }

    /**
     * Polls once, or several times if the thread is idle.
     *
     * @param timeout that Kafka Streams asks for
     * @param poll of the consumer
     */
    <K, V> ConsumerRecords<K, V> poll(Duration timeout, Function<Duration, ConsumerRecords<K, V>> poll) {
        long begun = nanoTime.getAsLong();
        while (true) {
            Duration rest = timeout.minusNanos(nanoTime.getAsLong() - begun);
            ConsumerRecords<K, V> records = poll.apply(rest.compareTo(POLL) < 0 ? max(rest, Duration.ZERO) : POLL);
            long now = nanoTime.getAsLong();
            // Also without records: positions that go on behind the marks of transactions are committed.
            if (!records.isEmpty() || !records.nextOffsets().isEmpty() || storeChanged()) {
                activeNanos = now;
            }
            if (now - activeNanos < IDLE_AFTER.toNanos() || now - begun >= timeout.toNanos()) {
                return records;
            }
        }
    }

    private boolean storeChanged() {
        long updates = globalUpdates.get();
        boolean changed = updates != knownUpdates;
        knownUpdates = updates;
        return changed;
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
