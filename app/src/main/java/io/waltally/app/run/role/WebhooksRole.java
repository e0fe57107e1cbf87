package io.waltally.app.run.role;

import io.waltally.app.config.Configuration;
import io.waltally.app.http.route.WebhookOperations;
import io.waltally.app.webhook.EndpointRequests;
import io.waltally.app.webhook.KnownEndpoint;
import io.waltally.app.webhook.KnownEndpoints;
import io.waltally.schemas.control.WebhookControlKey;
import io.waltally.schemas.request.RequestFollower;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.deliver.DeadLetterWriter;
import io.waltally.webhooks.deliver.EndpointDelivery;
import io.waltally.webhooks.deliver.EndpointStatus;
import io.waltally.webhooks.sign.SigningSecret;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The role that delivers notifications to the endpoints of the configuration, and to those that operators add. */
public final class WebhooksRole implements Role, WebhookOperations {
    private static final Logger LOG = LoggerFactory.getLogger(WebhooksRole.class);

    private final TopicCatalogue topics;
    private final Map<String, Object> client;
    private final DeadLetterWriter deadLetters;
    private final EndpointRequests requests;
    private final RequestFollower<WebhookControlKey, io.waltally.schemas.control.WebhookControl> controls;

    /** By consumer group. */
    private final Map<String, EndpointDelivery> deliveries = new ConcurrentHashMap<>();

    private volatile List<KnownEndpoint> endpoints;
    private Map<String, String> reported = Map.of();
    private boolean controlsKnown;
    private boolean closed;

    public WebhooksRole(Configuration configuration, TopicCatalogue topics) {
        this.topics = topics;
        client = Map.copyOf(configuration.kafka().properties());
        deadLetters = new DeadLetterWriter(topics, client);
        requests = new EndpointRequests(configuration, topics);
        controls = new RequestFollower<>(
                topics.webhookControls(),
                "waltally-webhook-controls",
                client,
                all -> follow(KnownEndpoints.of(configuration, all)));
        endpoints = KnownEndpoints.of(configuration, Map.of());
        endpoints.forEach(this::delivery);
    }

    @Override
    public String name() {
        return "webhooks";
    }

    /** Delivers nothing before it is known which endpoints are paused. */
    @Override
    public void start() {
        LOG.info(
                "webhooks: {}",
                endpoints.isEmpty()
                        ? "no endpoint is configured"
                        : endpoints.stream().map(KnownEndpoint::name).toList());
        controls.start();
    }

    /** Starts, changes and ends deliveries, so that they are those to the given endpoints. */
    private synchronized void follow(List<KnownEndpoint> wanted) {
        if (closed) {
            return;
        }
        Set<String> ended = new HashSet<>(deliveries.keySet());
        List<EndpointDelivery> begun = new ArrayList<>();
        for (KnownEndpoint known : wanted) {
            known.endpoint().ifPresent(endpoint -> {
                ended.remove(known.group());
                if (!deliveries.containsKey(known.group())) {
                    begun.add(delivery(known));
                    LOG.info("webhook {}, which was added at run time: {}", known.name(), endpoint.target());
                } else if (!controlsKnown) {
                    begun.add(deliveries.get(known.group()));
                }
                deliveries
                        .get(known.group())
                        .follow(endpoint, known.control())
                        .filter(change -> controlsKnown || known.control().paused())
                        .ifPresent(change -> LOG.info(
                                "webhook {} was {} by an operator",
                                known.name(),
                                change.name().toLowerCase(Locale.ROOT)));
            });
        }
        controlsKnown = true;
        endpoints = List.copyOf(wanted);
        report(wanted);
        for (String group : ended) {
            EndpointDelivery delivery = deliveries.remove(group);
            delivery.close();
            LOG.info(
                    "stopped delivery to webhook {}: it was removed, or cannot be read",
                    delivery.status().name());
        }
        begun.forEach(EndpointDelivery::start);
    }

    private EndpointDelivery delivery(KnownEndpoint known) {
        EndpointDelivery delivery = new EndpointDelivery(
                known.endpoint().orElseThrow(),
                known.added(),
                known.group(),
                topics,
                client,
                deadLetters,
                Clock.systemUTC());
        deliveries.put(known.group(), delivery);
        return delivery;
    }

    /** Logs what is wrong, once. */
    private void report(List<KnownEndpoint> known) {
        Map<String, String> problems = new LinkedHashMap<>();
        known.forEach(endpoint -> endpoint.problem().ifPresent(problem -> problems.put(endpoint.name(), problem)));
        problems.forEach((name, problem) -> {
            if (!problem.equals(reported.get(name))) {
                LOG.warn("webhook {}: {}", name, problem);
            }
        });
        reported = problems;
    }

    @Override
    public List<EndpointStatus> endpoints() {
        return endpoints.stream().map(this::status).toList();
    }

    private EndpointStatus status(KnownEndpoint known) {
        return Optional.ofNullable(deliveries.get(known.group()))
                .map(EndpointDelivery::status)
                .orElseGet(() ->
                        EndpointStatus.unreadable(known.name(), known.problem().orElse("it is being removed")));
    }

    @Override
    public Optional<SigningSecret> add(String endpoint, Map<String, String> settings) {
        return requests.add(endpoint, settings);
    }

    @Override
    public void change(String endpoint, Map<String, String> settings, Collection<String> defaults) {
        requests.change(endpoint, settings, defaults);
    }

    @Override
    public void pause(String endpoint) {
        requests.pause(endpoint);
    }

    @Override
    public void resume(String endpoint) {
        requests.resume(endpoint);
    }

    @Override
    public void remove(String endpoint) {
        requests.remove(endpoint);
    }

    /** A failing endpoint does not affect the state of the role. */
    @Override
    public RoleStatus status() {
        List<EndpointStatus> stopped = in(EndpointStatus.State.STOPPED);
        if (!stopped.isEmpty()) {
            return RoleStatus.failed("delivery has ended to "
                    + stopped.stream().map(EndpointStatus::name).collect(Collectors.joining(", ")));
        }
        if (!controls.await(Duration.ZERO)) {
            return RoleStatus.of(RoleStatus.State.STARTING);
        }
        List<EndpointStatus> waiting = new ArrayList<>(in(EndpointStatus.State.WAITING));
        waiting.addAll(in(EndpointStatus.State.UNREADABLE));
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
        controls.close();
        synchronized (this) {
            closed = true;
        }
        deliveries.values().forEach(EndpointDelivery::stop);
        deliveries.values().forEach(EndpointDelivery::close);
        deadLetters.close();
    }
}
