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

/** Runs a reader in a thread of its own, which calls all its handlers. */
public final class BackgroundReading implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundReading.class);

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(2);

    private final CommittedReader reader;
    private final Thread thread;
    private volatile boolean caughtUp;
    private volatile Optional<String> failure = Optional.empty();
    private volatile boolean closed;

    /** Takes ownership of the reader. */
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
                // The status says why.
            } catch (OffsetOutOfRangeException e) {
                failure = Optional.of(new RecordsLostException(e.offsetOutOfRangePartitions()).getMessage());
                LOG.error("{} stopped reading: {}", thread.getName(), failure.get());
            } catch (RuntimeException e) {
                // Broker or registry may be down: what was read remains until they are back.
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

    /** Whether everything that was in the topics at the start was handled. */
    public boolean caughtUp() {
        return caughtUp;
    }

    /** The reason why it has stopped reading; empty while it reads. */
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
