package io.waltally.app.local;

import io.waltally.webhooks.receive.Received;
import io.waltally.webhooks.receive.WebhookReceiver;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** An endpoint on this machine that the demo's notifications are delivered to. */
final class DemoReceiver implements AutoCloseable {
    private static final int NO_CONTENT = 204;

    private final SigningSecret secret = SigningSecret.generate();
    private final Map<String, String> typesById = new ConcurrentHashMap<>();
    private final AtomicLong repeated = new AtomicLong();
    private final WebhookReceiver receiver;

    /** Listens from now on, at any free port. */
    DemoReceiver() {
        try {
            receiver = new WebhookReceiver(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    List.of(secret),
                    Clock.systemUTC(),
                    this::receive);
        } catch (IOException e) {
            throw new UncheckedIOException("no port is free for a receiver of webhooks", e);
        }
    }

    private int receive(Received received) {
        if (received.complaint().isEmpty()) {
            PublishedTallies.Event event =
                    PublishedTallies.Event.of(received.body().getBytes(StandardCharsets.UTF_8));
            if (typesById.put(received.id(), event.type()) != null) {
                repeated.incrementAndGet();
            }
        }
        return NO_CONTENT;
    }

    /** What lets the pipeline deliver to it. */
    Map<String, String> configuration() {
        String endpoint = "webhooks.endpoints[0].";
        Map<String, String> values = new TreeMap<>();
        values.put(endpoint + "name", "demo");
        values.put(endpoint + "url", receiver.url().toString());
        values.put(endpoint + "secrets[0]", secret.reveal());
        values.put(endpoint + "allow-http", "true");
        values.put(endpoint + "allow-private", "true");
        return values;
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
        receiver.close();
    }
}
