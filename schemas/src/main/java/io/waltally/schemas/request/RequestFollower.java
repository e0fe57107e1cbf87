package io.waltally.schemas.request;

import io.waltally.schemas.CloseSignal;
import io.waltally.schemas.UngroupedConsumer;
import io.waltally.schemas.topic.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the requests in a compacted topic with one partition: the last one of each key. All instances read the same
 * topic, so that a request reaches each.
 */
public final class RequestFollower<K, V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RequestFollower.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(2);

    private final Topic<K, V> topic;
    private final RequestRecords<K, V> records;
    private final Map<String, Object> properties;
    private final Consumer<Map<K, V>> listener;
    private final CountDownLatch read = new CountDownLatch(1);
    private final CloseSignal closing = new CloseSignal();
    private final Thread thread;
    private volatile Map<K, V> requests = Map.of();
    private Optional<String> reported = Optional.empty();

    /**
     * @param name of the thread and of the Kafka client
     * @param client properties of Kafka's clients
     * @param listener called in the thread of this follower with all requests, first when those of before are known, then
     *     after each change
     */
    public RequestFollower(Topic<K, V> topic, String name, Map<String, Object> client, Consumer<Map<K, V>> listener) {
        this.topic = topic;
        this.records = new RequestRecords<>(topic);
        this.listener = listener;
        properties = new HashMap<>(client);
        properties.putAll(UngroupedConsumer.FOLLOWING);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, name);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString().toLowerCase(Locale.ROOT));
        thread = new Thread(this::run, name);
    }

    public void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!closing.closedWithin(Duration.ZERO)) {
            try (UngroupedConsumer consumer = new UngroupedConsumer(properties)) {
                follow(consumer);
            } catch (RuntimeException e) {
                // Any failure: a follower that has ended would leave requests unanswered.
                Optional<String> reason = Optional.of(String.valueOf(e.getMessage()));
                if (!reason.equals(reported)) {
                    reported = reason;
                    LOG.warn("requests in {} cannot be followed: {}", topic.name(), e.getMessage());
                    LOG.debug("cause", e);
                }
                closing.closedWithin(PAUSE);
            }
        }
    }

    private void follow(UngroupedConsumer consumer) {
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        Map<K, V> known = new HashMap<>();
        boolean complete = false;
        while (!closing.closedWithin(Duration.ZERO)) {
            ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
            polled.forEach(record -> records.apply(record, known));
            boolean reached = complete || consumer.position(partition) >= end;
            if (reached && (!complete || !polled.isEmpty())) {
                complete = true;
                reported = Optional.empty();
                requests = Map.copyOf(known);
                read.countDown();
                listener.accept(requests);
            }
        }
    }

    /** The last request of a key; empty if there was none, or if it was removed. */
    public Optional<V> of(K key) {
        return Optional.ofNullable(requests.get(key));
    }

    /** Waits until all earlier requests are known; returns whether they are. */
    public boolean await(Duration time) {
        try {
            return read.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        closing.close();
        try {
            thread.join(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
