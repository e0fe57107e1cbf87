package io.waltally.pipeline;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The consumer of the global stores, whose fetches wait in the broker for a short time during the start, and as usual
 * later.
 *
 * <p>A broker answers the requests of a connection in their order, so a request for an offset waits for the fetch before
 * it. A start sends nine of them. Later there are only fetches, and an idle consumer that waits for half a second sends
 * a fiftieth of the requests of one that waits for 10 ms.
 *
 * <p>Counts the updates of the global stores, for {@link IdlePolling}.
 */
final class GlobalConsumer implements InvocationHandler {
    private static final int WAIT_MILLIS_DURING_START = 10;
    private static final Duration START = Duration.ofSeconds(10);

    private final Map<String, Object> config;
    private final Function<Map<String, Object>, Consumer<byte[], byte[]>> consumers;
    private final LongSupplier nanoTime;
    private final AtomicLong updates;
    private final long created;

    private volatile Consumer<byte[], byte[]> consumer;
    private boolean starting = true;
    private boolean polledRecords;

    private GlobalConsumer(
            Map<String, Object> config,
            Function<Map<String, Object>, Consumer<byte[], byte[]>> consumers,
            LongSupplier nanoTime,
            AtomicLong updates) {
        this.config = config;
        this.consumers = consumers;
        this.nanoTime = nanoTime;
        this.updates = updates;
        this.created = nanoTime.getAsLong();
        Map<String, Object> duringStart = new HashMap<>(config);
        duringStart.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, WAIT_MILLIS_DURING_START);
        this.consumer = consumers.apply(duringStart);
    }

    /**
     * @param config of the consumer after the start
     * @param consumers creates a consumer with a configuration
     * @param updates is increased after the records of a poll have been put into the global stores
     */
    @SuppressWarnings("unchecked")
    static Consumer<byte[], byte[]> create(
            Map<String, Object> config,
            Function<Map<String, Object>, Consumer<byte[], byte[]>> consumers,
            LongSupplier nanoTime,
            AtomicLong updates) {
        return (Consumer<byte[], byte[]>) Proxy.newProxyInstance(
                Consumer.class.getClassLoader(),
                new Class<?>[] {Consumer.class},
                new GlobalConsumer(config, consumers, nanoTime, updates));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        // Not at a call from another thread, such as one for metrics.
        if (polledRecords && method.getName().equals("poll")) {
            polledRecords = false;
            updates.incrementAndGet();
        }
        try {
            Object result = method.invoke(consumer, arguments);
            if (result instanceof ConsumerRecords<?, ?> records) {
                polledRecords = !records.isEmpty();
                if (starting && !polledRecords && nanoTime.getAsLong() - created >= START.toNanos()) {
                    endStart();
                }
            }
            return result;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void endStart() {
        Map<TopicPartition, Long> positions = new HashMap<>();
        try {
            consumer.assignment()
                    .forEach(partition -> positions.put(partition, consumer.position(partition, Duration.ZERO)));
        } catch (TimeoutException unknownYet) {
            return;
        }
        starting = false;
        // First, since both have the same client id.
        consumer.close();
        consumer = consumers.apply(config);
        consumer.assign(positions.keySet());
        positions.forEach(consumer::seek);
    }
}
