package io.waltally.app.local;

import io.waltally.webhooks.receive.ReceivedWebhook;
import io.waltally.webhooks.receive.WebhookReceiver;
import io.waltally.webhooks.sign.SigningSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A webhook endpoint on this machine, at a free port. */
public final class LocalEndpoint implements AutoCloseable {
    private static final int NO_CONTENT = 204;

    private final SigningSecret secret = SigningSecret.generate();
    private final String name;
    private final WebhookReceiver receiver;

    /**
     * Starts to listen.
     *
     * @param name of the endpoint in the pipeline's configuration
     * @param handler receives each delivery with a valid signature
     */
    public LocalEndpoint(String name, Consumer<ReceivedWebhook> handler) {
        this.name = name;
        try {
            receiver = new WebhookReceiver(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    List.of(secret),
                    Clock.systemUTC(),
                    received -> {
                        if (received.rejectionReason().isEmpty()) {
                            handler.accept(received);
                        }
                        return NO_CONTENT;
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("no port is free for a receiver of webhooks", e);
        }
    }

    /** Configuration that makes the pipeline deliver to it. */
    public Map<String, String> configuration() {
        String endpoint = "webhooks.endpoints[0].";
        Map<String, String> values = new TreeMap<>();
        values.put(endpoint + "name", name);
        values.put(endpoint + "url", receiver.url().toString());
        values.put(endpoint + "secrets[0]", secret.reveal());
        values.put(endpoint + "allow-http", "true");
        values.put(endpoint + "allow-private", "true");
        return values;
    }

    @Override
    public void close() {
        receiver.close();
    }
}
