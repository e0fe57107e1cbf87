package io.waltally.webhooks.receive;

import io.waltally.webhooks.event.CloudEventBatch;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A request as seen by a receiver.
 *
 * @param id of the event, or of the batch; empty if the header is missing
 * @param contentType without parameters; empty if the header is missing
 * @param rejectionReason why the request is not trusted; empty if a signature is valid
 */
public record ReceivedWebhook(
        Instant time, String path, String id, String contentType, Optional<String> rejectionReason, String body) {
    /**
     * The events of a batch, or the body otherwise.
     *
     * @throws IllegalArgumentException if the body of a batch is not an array of JSON objects
     */
    public List<String> events() {
        return isBatch() ? CloudEventBatch.read(body) : List.of(body);
    }

    /** Whether the content type is that of a batch. */
    public boolean isBatch() {
        return contentType.equalsIgnoreCase(CloudEventBatch.CONTENT_TYPE);
    }
}
