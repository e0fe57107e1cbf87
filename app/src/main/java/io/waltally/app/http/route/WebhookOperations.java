package io.waltally.app.http.route;

import io.waltally.app.webhook.EndpointRefusedException;
import io.waltally.webhooks.deliver.EndpointStatus;
import io.waltally.webhooks.sign.SigningSecret;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Status of the deliveries of this instance, and requests to the endpoints of all instances. A request throws
 * {@link EndpointRefusedException} if it cannot be met, and {@link org.apache.kafka.common.KafkaException} if it could
 * not be recorded.
 */
public interface WebhookOperations {
    /** In the order of the configuration, then those that were added at run time by name. */
    List<EndpointStatus> endpoints();

    /**
     * Adds an endpoint.
     *
     * @param settings by key, as below an entry of {@code webhooks.endpoints}; lists have commas
     * @return the secret that was made for it, if the settings have none
     */
    Optional<SigningSecret> add(String endpoint, Map<String, String> settings);

    /**
     * Changes settings of an endpoint that was added.
     *
     * @param defaults keys of settings that get their defaults back
     */
    void change(String endpoint, Map<String, String> settings, Collection<String> defaults);

    void pause(String endpoint);

    /** Lets an endpoint go on that is paused, or that was disabled. */
    void resume(String endpoint);

    /** Removes an endpoint that was added. */
    void remove(String endpoint);
}
