package io.waltally.webhooks.send;

import io.waltally.webhooks.event.CloudEventBatch;
import io.waltally.webhooks.event.OutboxEvent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** The content of a request: an event, or a batch of them. A pure function of the events, whatever their order. */
public final class WebhookMessage {
    private static final String BATCH_ID = "batch_";
    private static final int ID_DIGITS = 24;
    private static final Comparator<OutboxEvent> BY_PLACE = Comparator.comparing(
                    (OutboxEvent event) -> event.record().topic())
            .thenComparing(event -> event.record().partition())
            .thenComparing(OutboxEvent::offset);

    private final String id;
    private final String contentType;
    private final byte[] body;

    private WebhookMessage(String id, String contentType, byte[] body) {
        this.id = id;
        this.contentType = contentType;
        this.body = body;
    }

    static WebhookMessage of(OutboxEvent event) {
        return new WebhookMessage(event.id(), RequestHeaders.CLOUD_EVENT, event.body());
    }

    /** @param events at least one; a batch of one has its id */
    static WebhookMessage batch(List<OutboxEvent> events) {
        List<OutboxEvent> sorted = events.stream().sorted(BY_PLACE).toList();
        String id = sorted.size() == 1 ? sorted.get(0).id() : batchId(sorted);
        return new WebhookMessage(id, CloudEventBatch.CONTENT_TYPE, CloudEventBatch.write(sorted));
    }

    private static String batchId(List<OutboxEvent> events) {
        String ids = events.stream().map(OutboxEvent::id).collect(Collectors.joining("\n"));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(ids.getBytes(StandardCharsets.UTF_8));
            return BATCH_ID + HexFormat.of().formatHex(digest).substring(0, ID_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The id of the event, or a hash of the ids of a batch. */
    public String id() {
        return id;
    }

    public String contentType() {
        return contentType;
    }

    public byte[] body() {
        return body;
    }
}
