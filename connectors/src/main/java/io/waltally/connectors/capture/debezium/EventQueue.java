package io.waltally.connectors.capture.debezium;

import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.connector.base.QueueProvider;
import io.debezium.heartbeat.Heartbeat;
import io.debezium.pipeline.DataChangeEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Events between the thread that reads the replication stream and the thread that publishes. Bounded by
 * {@code max.queue.size} and by {@link #MAX_BYTES}; {@code max.batch.size} bounds what one {@link #take} returns.
 *
 * <p>Of heartbeats that repeat the position of the event before them, only one per {@link #REPEATED_HEARTBEAT} passes.
 */
final class EventQueue implements QueueProvider<DataChangeEvent> {
    private static final long MAX_BYTES = 64L * 1024 * 1024;
    private static final Duration REPEATED_HEARTBEAT = Duration.ofMillis(25);

    private final Lock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final Queue<Sized> events = new ArrayDeque<>();
    private int capacity;
    private int maxBatch;
    private String heartbeats = "";
    private long bytes;
    private @Nullable Map<String, ?> lastPosition;
    private long lastNanos = System.nanoTime();

    private record Sized(DataChangeEvent event, long bytes) {}

    @Override
    public String name() {
        return "waltally";
    }

    @Override
    public void configure(Map<String, ?> properties) {
        Configuration configuration = Configuration.from(properties);
        capacity = configuration.getInteger(CommonConnectorConfig.MAX_QUEUE_SIZE);
        maxBatch = configuration.getInteger(CommonConnectorConfig.MAX_BATCH_SIZE);
        heartbeats = configuration.getString(Heartbeat.HEARTBEAT_TOPICS_PREFIX);
    }

    @Override
    public void enqueue(DataChangeEvent event) {
        SourceRecord record = event.getRecord();
        long now = System.nanoTime();
        if (record.topic().startsWith(heartbeats)
                && now - lastNanos < REPEATED_HEARTBEAT.toNanos()
                && record.sourceOffset().equals(lastPosition)) {
            return;
        }
        lastPosition = record.sourceOffset();
        lastNanos = now;
        Sized sized = new Sized(event, event.objectSize());
        lock.lock();
        try {
            events.add(sized);
            bytes += sized.bytes();
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the oldest events; none if none comes within the timeout. */
    List<SourceRecord> take(Duration timeout) throws InterruptedException {
        long remaining = timeout.toNanos();
        lock.lock();
        try {
            while (events.isEmpty() && remaining > 0) {
                remaining = notEmpty.awaitNanos(remaining);
            }
            int count = Math.min(events.size(), maxBatch);
            List<SourceRecord> records = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                records.add(poll().getRecord());
            }
            return records;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable DataChangeEvent poll() {
        lock.lock();
        try {
            Sized oldest = events.poll();
            if (oldest == null) {
                return null;
            }
            bytes -= oldest.bytes();
            return oldest.event();
        } finally {
            lock.unlock();
        }
    }

    /** The number of events, or the capacity if their bytes fill the queue: Debezium then waits before it adds another. */
    @Override
    public int size() {
        lock.lock();
        try {
            return bytes < MAX_BYTES ? events.size() : capacity;
        } finally {
            lock.unlock();
        }
    }
}
