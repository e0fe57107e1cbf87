package io.waltally.app.webhook;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.WebhookSettings;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.Suggestions;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.control.AddedEndpoint;
import io.waltally.schemas.control.WebhookControl;
import io.waltally.schemas.control.WebhookControlKey;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.control.EndpointControls;
import io.waltally.webhooks.control.SealedException;
import io.waltally.webhooks.deliver.EndpointControl;
import io.waltally.webhooks.send.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/**
 * All endpoints: those of the configuration in its order, then those that were added at run time by name. Of two with
 * the same name the configuration's is used.
 */
public final class KnownEndpoints {
    private static final int TIMEOUT_MILLIS = 10_000;

    /** In the name of a consumer group; not in names of endpoints. */
    private static final String INCARNATION = "@";

    private KnownEndpoints() {}

    /** @param controls the operators' requests */
    public static List<KnownEndpoint> of(Configuration configuration, Map<WebhookControlKey, WebhookControl> controls) {
        Map<String, WebhookControl> others = new TreeMap<>();
        controls.forEach((key, control) -> others.put(key.getEndpoint(), control));
        List<KnownEndpoint> known = new ArrayList<>();
        for (Endpoint endpoint : configuration.webhooks().endpoints()) {
            Optional<WebhookControl> control = Optional.ofNullable(others.remove(endpoint.name()));
            known.add(new KnownEndpoint(
                    endpoint.name(),
                    false,
                    configuration.webhookGroup(endpoint.name()),
                    Optional.of(endpoint),
                    control.map(KnownEndpoints::control).orElse(EndpointControl.NONE),
                    control.flatMap(EndpointControls::added)
                            .map(added -> "the endpoint of that name that was added at run time is not used: the"
                                    + " configuration has one, too; 'waltally webhooks remove " + endpoint.name()
                                    + "' removes the other")));
        }
        others.forEach((name, control) -> EndpointControls.added(control)
                .ifPresent(added -> known.add(added(configuration, name, control, added))));
        return known;
    }

    private static EndpointControl control(WebhookControl control) {
        return new EndpointControl(control.getPaused(), control.getResumeId());
    }

    /** An added endpoint. Its group has an id, so that it begins anew when it was removed and is added again. */
    private static KnownEndpoint added(
            Configuration configuration, String name, WebhookControl control, AddedEndpoint added) {
        Optional<Endpoint> endpoint = Optional.empty();
        Optional<String> problem = Optional.empty();
        try {
            endpoint = Optional.of(WebhookSettings.added(
                    name,
                    EndpointControls.settings(
                            name, added, configuration.webhooks().sealingKeys())));
        } catch (SealedException | ConfigException e) {
            problem = Optional.of(e.getMessage());
        }
        return new KnownEndpoint(
                name,
                true,
                configuration.webhookGroup(name + INCARNATION + added.getId()),
                endpoint,
                control(control),
                problem);
    }

    /**
     * Reads them from Kafka.
     *
     * @throws KafkaException if Kafka does not answer, or if the registry does not while there are requests to read
     */
    public static List<KnownEndpoint> read(Configuration configuration, TopicCatalogue topics) {
        return of(configuration, controls(configuration, topics));
    }

    /**
     * Reads the names of those that were added at run time from Kafka, also where the configuration has one of that
     * name.
     *
     * @throws KafkaException as {@link #read}
     */
    static List<String> readAddedNames(Configuration configuration, TopicCatalogue topics) {
        return controls(configuration, topics).entrySet().stream()
                .filter(control -> EndpointControls.added(control.getValue()).isPresent())
                .map(control -> control.getKey().getEndpoint())
                .sorted()
                .toList();
    }

    private static Map<WebhookControlKey, WebhookControl> controls(Configuration configuration, TopicCatalogue topics) {
        Map<WebhookControlKey, WebhookControl> controls = new HashMap<>();
        if (!exists(configuration, topics.webhookControls().name())) {
            return controls;
        }
        try (CommittedReader reader = new CommittedReader(configuration.kafka())) {
            reader.from(topics.webhookControls(), (key, control, record) -> {
                        if (control == null) {
                            controls.remove(key);
                        } else {
                            controls.put(key, control);
                        }
                    })
                    .readToEnd();
        }
        return controls;
    }

    private static boolean exists(Configuration configuration, String topic) {
        Map<String, Object> client = new HashMap<>(configuration.kafka().properties());
        client.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        client.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        try (Admin admin = Admin.create(client)) {
            return KafkaFutures.get(admin.listTopics().names()).contains(topic);
        }
    }

    /** States that there is no endpoint of that name, and which there are. */
    public static String unknown(String name, List<KnownEndpoint> known) {
        List<String> names = known.stream().map(KnownEndpoint::name).toList();
        return "there is no endpoint \"" + name + "\"; "
                + (names.isEmpty()
                        ? "the configuration has none (webhooks.endpoints), and none was added"
                        : Suggestions.hint(name, names));
    }
}
