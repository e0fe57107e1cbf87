package io.waltally.app.local.demo;

import io.waltally.app.local.LocalEndpoint;
import io.waltally.app.local.compare.PublishedTallies;
import io.waltally.webhooks.receive.ReceivedWebhook;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Receives the demo's webhooks. */
final class DemoReceiver implements AutoCloseable {
    private final Map<String, String> typesById = new ConcurrentHashMap<>();
    private final AtomicLong repeated = new AtomicLong();
    private final LocalEndpoint endpoint = new LocalEndpoint("demo", this::receive);

    private void receive(ReceivedWebhook received) {
        PublishedTallies.Event event = PublishedTallies.Event.of(received.body().getBytes(StandardCharsets.UTF_8));
        if (typesById.put(received.id(), event.type()) != null) {
            repeated.incrementAndGet();
        }
    }

    /** Configuration that makes the pipeline deliver to it. */
    Map<String, String> configuration() {
        return endpoint.configuration();
    }

    /** Received events with a valid signature: types by id. */
    Map<String, String> delivered() {
        return Map.copyOf(typesById);
    }

    /** Number of repeated deliveries, which at-least-once delivery permits. */
    long repeated() {
        return repeated.get();
    }

    int count() {
        return typesById.size();
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
