package io.waltally.webhooks.deliver;

import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.schedule.DeliverySchedule;
import io.waltally.webhooks.send.Endpoint;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the outbox to one endpoint, with its own consumer group, thread and connections, so that endpoints do not
 * affect each other. Restarts after any error.
 */
public final class EndpointDelivery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointDelivery.class);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(8);
    private static final long PUBLISHING_NANOS = Duration.ofMillis(200).toNanos();

    /** Small, because there is a consumer per endpoint, and a window admits no more at once. */
    private static final int FETCH_BYTES = 4 << 20;

    private static final int PARTITION_FETCH_BYTES = 1 << 20;

    /** After a crash the partitions have no owner for this long. */
    private static final int SESSION_TIMEOUT_MILLIS = 10_000;

    private final String name;
    private final boolean added;
    private final String group;
    private final TopicCatalogue topics;
    private final Map<String, Object> client;
    private final DeadLetterWriter deadLetters;
    private final Clock clock;
    private final EndpointMeasures measures = new EndpointMeasures();
    private final EndpointLog log;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile Order order;
    private volatile Optional<DeliverySession> session = Optional.empty();
    private volatile RunState runState = new RunState(EndpointStatus.State.STARTING, Optional.empty(), Backlog.NONE);
    private long published;

    private record RunState(EndpointStatus.State state, Optional<String> reason, Backlog backlog) {}

    /** The endpoint to deliver to, and what operators requested for it. */
    private record Order(Endpoint endpoint, EndpointControl control) {}

    /** An operator's request to an endpoint that was followed. */
    public enum Change {
        PAUSED,
        RESUMED,
        /** Settings have changed. */
        CHANGED
    }

    /**
     * @param added whether it was added at run time
     * @param group the consumer group, whose offsets say what was delivered
     * @param client properties of Kafka's clients
     */
    public EndpointDelivery(
            Endpoint endpoint,
            boolean added,
            String group,
            TopicCatalogue topics,
            Map<String, Object> client,
            DeadLetterWriter deadLetters,
            Clock clock) {
        this.name = endpoint.name();
        this.added = added;
        this.order = new Order(endpoint, EndpointControl.NONE);
        this.group = group;
        this.topics = topics;
        this.client = Map.copyOf(client);
        this.deadLetters = deadLetters;
        this.clock = clock;
        log = new EndpointLog(name);
        thread = new Thread(this::run, "webhooks-" + name);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        Duration pause = FIRST_PAUSE;
        try {
            while (!closedWithin(Duration.ZERO)) {
                Order begun = order;
                try (DeliverySession opened = open(begun)) {
                    session = Optional.of(opened);
                    while (!closedWithin(Duration.ZERO) && order.endpoint().equals(begun.endpoint())) {
                        opened.applyControl(order.control());
                        opened.step();
                        publish(opened);
                        if (runState.state() != EndpointStatus.State.STARTING) {
                            pause = FIRST_PAUSE;
                        }
                    }
                } catch (RuntimeException e) {
                    String reason = innermost(e);
                    LOG.warn("webhook {}: delivery restarts in {} s: {}", name, pause.toSeconds(), reason);
                    LOG.debug("cause", e);
                    runState = new RunState(EndpointStatus.State.WAITING, Optional.of(reason), runState.backlog());
                    closedWithin(pause);
                    pause = pause.multipliedBy(2).compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PAUSE;
                }
            }
        } finally {
            session = Optional.empty();
            runState = new RunState(EndpointStatus.State.STOPPED, Optional.empty(), Backlog.NONE);
        }
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private DeliverySession open(Order begun) {
        Map<String, Object> properties = new HashMap<>(client);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, group);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                IsolationLevel.READ_COMMITTED.toString().toLowerCase(Locale.ROOT));
        // The session decides where to begin, and what to do about deleted events.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        // Replayed events go to the instance that has the other events of their subject.
        properties.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, RangeAssignor.class.getName());
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, DeliverySchedule.MAX_PER_POLL);
        properties.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        properties.putIfAbsent(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_FETCH_BYTES);
        properties.putIfAbsent(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MILLIS);
        Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            return new DeliverySession(
                    begun.endpoint(), begun.control(), topics, consumer, deadLetters, measures, log, clock);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    private void publish(DeliverySession current) {
        long now = System.nanoTime();
        if (current.state() != runState.state() || now - published >= PUBLISHING_NANOS) {
            runState = new RunState(current.state(), current.reason(), current.backlog());
            published = now;
        }
    }

    private boolean closedWithin(Duration time) {
        try {
            return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    public EndpointStatus status() {
        RunState now = runState;
        return new EndpointStatus(
                name,
                added,
                order.endpoint().target(),
                now.state(),
                now.reason(),
                now.backlog(),
                log.lastFailure(),
                measures.recent(),
                measures.read());
    }

    /**
     * Delivers with these settings from now on, and follows what an operator asks. Between two sessions they are kept
     * for the next one.
     *
     * @param endpoint of the same name
     * @return what is not as before; empty if nothing is
     */
    public Optional<Change> follow(Endpoint endpoint, EndpointControl control) {
        Order before = order;
        Order next = new Order(endpoint, control);
        if (next.equals(before)) {
            return Optional.empty();
        }
        order = next;
        session.ifPresent(current -> current.execute(() -> {}));
        if (control.equals(before.control())) {
            return Optional.of(Change.CHANGED);
        }
        return Optional.of(control.paused() ? Change.PAUSED : Change.RESUMED);
    }

    /** Starts no more requests. */
    public void stop() {
        closing.countDown();
        session.ifPresent(current -> current.execute(() -> {}));
    }

    /** Waits for requests in progress, up to 8 seconds. */
    @Override
    public void close() {
        stop();
        try {
            thread.join(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
