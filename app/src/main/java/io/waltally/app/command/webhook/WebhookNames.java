package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.config.Configuration;
import io.waltally.app.webhook.KnownEndpoint;
import io.waltally.app.webhook.KnownEndpoints;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.send.Endpoint;
import java.util.List;

/** Finds endpoints by the names that a command was given. */
final class WebhookNames {
    private WebhookNames() {}

    /**
     * The endpoint of that name.
     *
     * @throws CommandFailure if there is none
     * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
     */
    static KnownEndpoint require(Configuration configuration, TopicCatalogue topics, String name) {
        List<KnownEndpoint> known = KnownEndpoints.read(configuration, topics);
        return known.stream()
                .filter(endpoint -> endpoint.name().equals(name))
                .findFirst()
                .orElseThrow(() -> CommandFailure.wrongUsage(KnownEndpoints.unknown(name, known)));
    }

    /** @throws CommandFailure if the settings of the endpoint cannot be read here */
    static Endpoint settings(KnownEndpoint known) {
        return known.endpoint()
                .orElseThrow(() -> new CommandFailure(
                        "endpoint " + known.name() + ": " + known.problem().orElse("its settings cannot be read")));
    }
}
