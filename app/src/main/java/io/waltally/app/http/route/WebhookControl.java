package io.waltally.app.http.route;

import io.waltally.webhooks.deliver.EndpointStatus;
import java.util.List;

/** Status of, and operations on, the deliveries of this instance. */
public interface WebhookControl {
    /** In the order of the configuration. */
    List<EndpointStatus> endpoints();

    /**
     * Resumes an endpoint that has answered 410.
     *
     * @return false if there is no such endpoint
     */
    boolean enable(String endpoint);
}
