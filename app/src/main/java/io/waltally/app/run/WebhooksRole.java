package io.waltally.app.run;

import io.waltally.app.config.Configuration;
import io.waltally.app.http.route.WebhookControl;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.webhooks.deliver.DeadLetterWriter;
import io.waltally.webhooks.deliver.EndpointDelivery;
import io.waltally.webhooks.deliver.EndpointStatus;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The role that delivers notifications to the configured endpoints. */
public final class WebhooksRole implements Role, WebhookControl {
    private static final Logger LOG = LoggerFactory.getLogger(WebhooksRole.class);

    private final Map<String, EndpointDelivery> deliveries = new LinkedHashMap<>();
    private final Optional<DeadLetterWriter> deadLetters;

    public WebhooksRole(Configuration configuration, TopicCatalogue topics) {
        Map<String, Object> client = Map.copyOf(configuration.kafka().properties());
        deadLetters = configuration.webhooks().endpoints().isEmpty()
                ? Optional.empty()
                : Optional.of(new DeadLetterWriter(topics, client));
        configuration
                .webhooks()
                .endpoints()
                .forEach(endpoint -> deliveries.put(
                        endpoint.name(),
                        new EndpointDelivery(
                                endpoint,
                                configuration.webhookGroup(endpoint.name()),
                                topics,
                                client,
                                deadLetters.orElseThrow(),
                                Clock.systemUTC())));
    }

    @Override
    public String name() {
        return "webhooks";
    }

    @Override
    public void start() {
        LOG.info("webhooks: {}", deliveries.isEmpty() ? "no endpoint is configured" : deliveries.keySet());
        deliveries.values().forEach(EndpointDelivery::start);
    }

    @Override
    public List<EndpointStatus> endpoints() {
        return deliveries.values().stream().map(EndpointDelivery::status).toList();
    }

    @Override
    public boolean enable(String endpoint) {
        Optional<EndpointDelivery> delivery = Optional.ofNullable(deliveries.get(endpoint));
        delivery.ifPresent(EndpointDelivery::enable);
        return delivery.isPresent();
    }

    /** A failing endpoint does not affect the state of the role. */
    @Override
    public RoleStatus status() {
        List<EndpointStatus> stopped = in(EndpointStatus.State.STOPPED);
        if (!stopped.isEmpty()) {
            return RoleStatus.failed("delivery has ended to "
                    + stopped.stream().map(EndpointStatus::name).collect(Collectors.joining(", ")));
        }
        List<EndpointStatus> waiting = in(EndpointStatus.State.WAITING);
        if (!waiting.isEmpty()) {
            return new RoleStatus(RoleStatus.State.WAITING, Optional.of(reasons(waiting)));
        }
        return RoleStatus.of(
                in(EndpointStatus.State.STARTING).isEmpty() ? RoleStatus.State.RUNNING : RoleStatus.State.STARTING);
    }

    private List<EndpointStatus> in(EndpointStatus.State state) {
        return endpoints().stream()
                .filter(endpoint -> endpoint.state() == state)
                .toList();
    }

    private static String reasons(List<EndpointStatus> waiting) {
        return waiting.stream()
                .map(endpoint -> endpoint.name() + ": " + endpoint.reason().orElse("no reason given"))
                .collect(Collectors.joining("; "));
    }

    @Override
    public void close() {
        deliveries.values().forEach(EndpointDelivery::stop);
        deliveries.values().forEach(EndpointDelivery::close);
        deadLetters.ifPresent(DeadLetterWriter::close);
    }
}
