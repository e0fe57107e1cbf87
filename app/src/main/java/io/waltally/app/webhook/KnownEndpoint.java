package io.waltally.app.webhook;

import io.waltally.webhooks.deliver.EndpointControl;
import io.waltally.webhooks.send.Endpoint;
import java.util.Optional;

/**
 * An endpoint of the configuration, or one that was added at run time.
 *
 * @param added whether it was added at run time
 * @param group its consumer group
 * @param endpoint empty if its settings cannot be read here
 * @param problem why they cannot; or, of an endpoint of the configuration, that one of its name was added too
 */
public record KnownEndpoint(
        String name,
        boolean added,
        String group,
        Optional<Endpoint> endpoint,
        EndpointControl control,
        Optional<String> problem) {}
