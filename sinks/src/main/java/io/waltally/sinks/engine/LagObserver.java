package io.waltally.sinks.engine;

import io.waltally.schemas.KafkaFutures;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the lag of a sink in every state: a session that writes reports it; otherwise a thread reads it from the
 * offsets of the group, since the sink's own thread may be waiting for the target.
 */
final class LagObserver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LagObserver.class);

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** A session that does not wait for its target reports more often. */
    private static final long SILENCE_NANOS = Duration.ofSeconds(2).toNanos();

    private final Sink sink;
    private final String group;
    private final Map<String, Object> client;
    private final Set<String> topics;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Instant began = Instant.now();
    private final Thread thread;
    private final AtomicReference<Lag> lag = new AtomicReference<>(Lag.unreported(0));
    private volatile Optional<Instant> lastWritten = Optional.empty();
    private boolean hasRead;
    private @Nullable Admin admin;

    /**
     * @param partitions of this instance; empty if they are not known, or if it has none
     * @param reported when a session last reported it
     */
    private record Lag(long records, Set<TopicPartition> partitions, long reported) {
        static Lag unreported(long records) {
            return new Lag(records, Set.of(), System.nanoTime() - SILENCE_NANOS);
        }

        boolean isRecent() {
            return System.nanoTime() - reported < SILENCE_NANOS;
        }
    }

    /**
     * @param replays topic that the sink reads beside its input
     * @param client properties of Kafka's clients
     */
    LagObserver(Sink sink, String group, String replays, Map<String, Object> client) {
        this.sink = sink;
        this.group = group;
        this.client = client;
        topics = new HashSet<>(sink.input().topics());
        if (sink.input() instanceof SinkInput.Partitions) {
            topics.add(replays);
        }
        thread = new Thread(this::run, "sink-lag-" + sink.name());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Sets the lag of a session that writes. */
    void report(long records, Set<TopicPartition> partitions) {
        lag.set(new Lag(records, partitions, System.nanoTime()));
    }

    /** Ends the reports of a session: from now on its partitions may be those of any instance. */
    void sessionEnded() {
        lag.set(Lag.unreported(records()));
    }

    void wrote(Instant lastRecord) {
        lastWritten = Optional.of(lastRecord);
    }

    Optional<Instant> lastWritten() {
        return lastWritten;
    }

    long records() {
        return lag.get().records();
    }

    /** Age of the last record that was written while others wait, or of this process if none ever was written. */
    Duration time() {
        if (records() == 0) {
            return Duration.ZERO;
        }
        Duration age = Duration.between(lastWritten.orElse(began), Instant.now());
        return age.isNegative() ? Duration.ZERO : age;
    }

    private void run() {
        try {
            do {
                Lag before = lag.get();
                if (!before.isRecent() || !hasRead) {
                    observe(before);
                } else {
                    closeAdmin();
                }
            } while (!closing.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeAdmin();
        }
    }

    private void observe(Lag before) {
        try {
            Admin open = admin();
            Set<TopicPartition> partitions = before.partitions().isEmpty() ? partitions(open) : before.partitions();
            GroupBacklog backlog = GroupBacklog.read(open, group, partitions, TIMEOUT);
            if (lastWritten.isEmpty()) {
                lastWritten = backlog.lastWritten();
            }
            long records = backlog.records() + neverRead(open, backlog);
            lag.compareAndSet(before, new Lag(records, before.partitions(), before.reported()));
            hasRead = true;
        } catch (KafkaException | TimeoutException e) {
            // The last lag stays. The state of the sink says that Kafka does not answer.
            LOG.debug("sink {}: lag not read", sink, e);
            closeAdmin();
        }
    }

    /** Records of partitions of which the sink has none: all wait, unless it begins at the end. */
    private long neverRead(Admin open, GroupBacklog backlog) throws TimeoutException {
        boolean fromEnd =
                sink.input() instanceof SinkInput.Partitions partitions && partitions.start() == SinkInput.Start.END;
        Set<TopicPartition> all = new HashSet<>(backlog.uncommitted());
        all.removeIf(partition -> !sink.input().topics().contains(partition.topic()));
        return fromEnd ? 0 : GroupBacklog.records(open, all, TIMEOUT);
    }

    private Set<TopicPartition> partitions(Admin open) throws TimeoutException {
        Set<TopicPartition> partitions = new HashSet<>();
        KafkaFutures.get(open.describeTopics(topics).allTopicNames(), TIMEOUT)
                .values()
                .forEach(topic -> topic.partitions()
                        .forEach(info -> partitions.add(new TopicPartition(topic.name(), info.partition()))));
        return partitions;
    }

    private Admin admin() {
        Admin open = admin;
        if (open == null) {
            open = Admin.create(client);
            admin = open;
        }
        return open;
    }

    private void closeAdmin() {
        if (admin != null) {
            admin.close(Duration.ZERO);
            admin = null;
        }
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
