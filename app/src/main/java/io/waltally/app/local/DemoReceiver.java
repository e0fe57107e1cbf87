package io.waltally.app.local;

import io.waltally.webhooks.receive.Received;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Takes the demo's notifications. */
final class DemoReceiver implements AutoCloseable {
    private final Map<String, String> typesById = new ConcurrentHashMap<>();
    private final AtomicLong repeated = new AtomicLong();
    private final LocalEndpoint endpoint = new LocalEndpoint("demo", this::receive);

    private void receive(Received received) {
        PublishedTallies.Event event = PublishedTallies.Event.of(received.body().getBytes(StandardCharsets.UTF_8));
        if (typesById.put(received.id(), event.type()) != null) {
            repeated.incrementAndGet();
        }
    }

    /** What lets the pipeline deliver to it. */
    Map<String, String> configuration() {
        return endpoint.configuration();
    }

    /** What has arrived, signed rightly: types of events by their ids. */
    Map<String, String> delivered() {
        return Map.copyOf(typesById);
    }

    /** How often something arrived that had arrived before, as it may. */
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
