package io.waltally.app.http;

import io.waltally.webhooks.deliver.EndpointStatus;
import java.util.List;

/** What an operator sees of this instance's deliveries, and can ask of them. */
public interface WebhookControl {
    /** In the order of the configuration. */
    List<EndpointStatus> endpoints();

    /**
     * Sends to an endpoint again that wanted nothing more.
     *
     * @return false if there is no such endpoint
     */
    boolean enable(String endpoint);
}
