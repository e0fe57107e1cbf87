package io.waltally.app.tally;

import io.waltally.pipeline.RecordsLostException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A reader that follows its topics in a thread of its own, from which all its handlers are called. */
public final class BackgroundReading implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundReading.class);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(2);

    private final CommittedReader reader;
    private final Thread thread;
    private volatile boolean caughtUp;
    private volatile Optional<String> failure = Optional.empty();
    private volatile boolean closed;

    /** Takes the reader over: it is closed with this. */
    public BackgroundReading(String name, CommittedReader reader) {
        this.reader = reader;
        this.thread = new Thread(this::readUntilClosed, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void readUntilClosed() {
        Map<TopicPartition, Long> ends = null;
        while (!closed && failure.isEmpty()) {
            try {
                if (ends == null) {
                    ends = reader.ends();
                }
                reader.poll(POLL);
                caughtUp = caughtUp || reader.reached(ends);
            } catch (WakeupException e) {
                // closed says why.
            } catch (OffsetOutOfRangeException e) {
                failure = Optional.of(new RecordsLostException(e.offsetOutOfRangePartitions()).getMessage());
                LOG.error("{} ends: {}", thread.getName(), failure.get());
            } catch (RuntimeException e) {
                // Broker or registry may be away: what was read stays as it is until they come back.
                LOG.debug("{} cannot read, trying again", thread.getName(), e);
                pause();
            }
        }
        reader.close();
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE_AFTER_FAILURE.toMillis());
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    /** Whether everything that was in the topics when this began has been handed on. */
    public boolean caughtUp() {
        return caughtUp;
    }

    /** Why it reads no more; empty while it does. */
    public Optional<String> failure() {
        return failure;
    }

    @Override
    public void close() {
        closed = true;
        reader.wakeup();
        try {
            thread.join(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
