package io.waltally.app.webhook;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.WebhookSettings;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.webhook.EndpointRefusedException.Kind;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.control.EndpointControlWriter;
import io.waltally.webhooks.control.SealedException;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.send.InitialPosition;
import io.waltally.webhooks.sign.SigningSecret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Changes the endpoints of all instances. Every method throws {@link EndpointRefusedException} if the request cannot be
 * met, and {@link org.apache.kafka.common.KafkaException} if it could not be recorded.
 *
 * <p>Settings are by key, as below an entry of {@code webhooks.endpoints}; lists have commas.
 */
public final class EndpointRequests {
    private static final String BEGIN = "begin";
    private static final String SECRETS = "secrets";

    private final Configuration configuration;
    private final TopicCatalogue topics;
    private final EndpointControlWriter writer;

    public EndpointRequests(Configuration configuration, TopicCatalogue topics) {
        this.configuration = configuration;
        this.topics = topics;
        writer = new EndpointControlWriter(
                topics,
                configuration.webhooks().sealingKeys(),
                Map.copyOf(configuration.kafka().properties()));
    }

    /**
     * Adds an endpoint. It begins with the events from now on, unless the settings say otherwise.
     *
     * @return the secret that was made for it, if the settings have none
     */
    public Optional<SigningSecret> add(String name, Map<String, String> settings) {
        if (isConfigured(name)) {
            throw new EndpointRefusedException(
                    Kind.CONFLICT,
                    "endpoint " + name + " is in the configuration (webhooks.endpoints); choose another name");
        }
        Map<String, String> wanted = new TreeMap<>(settings);
        Optional<SigningSecret> made =
                wanted.containsKey(SECRETS) ? Optional.empty() : Optional.of(SigningSecret.generate());
        made.ifPresent(secret -> wanted.put(SECRETS, secret.reveal()));
        requireValid(name, wanted);
        boolean added = sealing(
                name,
                () -> writer.add(name, now -> {
                    wanted.put(BEGIN, beginning(wanted.getOrDefault(BEGIN, InitialPosition.LATEST.text()), now));
                    return wanted;
                }));
        if (!added) {
            throw new EndpointRefusedException(
                    Kind.CONFLICT, "endpoint " + name + " exists; 'waltally webhooks change' changes its settings");
        }
        return made;
    }

    /** The beginning as a time, so that events before the first delivery are neither lost nor repeated. */
    private static String beginning(String text, Instant now) {
        InitialPosition given = InitialPosition.parse(text);
        return InitialPosition.at(given.time().orElse(given.latest() ? now : Instant.EPOCH))
                .text();
    }

    /**
     * Changes settings of an endpoint that was added at run time.
     *
     * @param defaults keys of settings that get their defaults back
     */
    public void change(String name, Map<String, String> settings, Collection<String> defaults) {
        if (settings.containsKey(BEGIN) || defaults.contains(BEGIN)) {
            throw new EndpointRefusedException(
                    Kind.INVALID,
                    name + ".begin is for a new endpoint: remove it and add it again, or use 'waltally webhooks replay "
                            + name + " --since'");
        }
        requireAddedHere(
                name,
                sealing(
                        name,
                        () -> writer.change(name, last -> {
                            Map<String, String> next = new TreeMap<>(last);
                            for (String key : defaults) {
                                if (next.remove(key) == null) {
                                    throw new EndpointRefusedException(
                                            Kind.INVALID,
                                            name + "." + key + " is not set; set are "
                                                    + String.join(", ", last.keySet()));
                                }
                            }
                            next.putAll(settings);
                            requireValid(name, next);
                            return next;
                        })));
    }

    /**
     * Seals the settings of all endpoints that were added with the first key, also where the configuration has one of
     * that name.
     *
     * @return their names
     * @throws EndpointRefusedException naming those whose settings cannot be opened; all others are sealed
     */
    public List<String> reseal() {
        List<String> sealed = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (String name : KnownEndpoints.readAddedNames(configuration, topics)) {
            try {
                if (sealing(name, () -> writer.reseal(name))) {
                    sealed.add(name);
                }
            } catch (EndpointRefusedException e) {
                failures.add(e.getMessage());
            }
        }
        if (!failures.isEmpty()) {
            throw new EndpointRefusedException(
                    Kind.CONFLICT,
                    String.join("; ", failures)
                            + (sealed.isEmpty() ? "" : "; sealed are " + String.join(", ", sealed)));
        }
        return sealed;
    }

    public void pause(String name) {
        requireKnown(name);
        writer.pause(name);
    }

    /** Lets an endpoint go on that is paused, or that was disabled. */
    public void resume(String name) {
        requireKnown(name);
        writer.resume(name);
    }

    /** Removes an endpoint that was added at run time. Its undelivered notifications are discarded. */
    public void remove(String name) {
        requireAddedHere(name, writer.remove(name, isConfigured(name)));
    }

    private void requireKnown(String name) {
        List<KnownEndpoint> known = KnownEndpoints.read(configuration, topics);
        if (known.stream().noneMatch(endpoint -> endpoint.name().equals(name))) {
            throw new EndpointRefusedException(Kind.UNKNOWN, KnownEndpoints.unknown(name, known));
        }
    }

    private void requireAddedHere(String name, boolean added) {
        if (added) {
            return;
        }
        if (isConfigured(name)) {
            throw new EndpointRefusedException(
                    Kind.CONFLICT,
                    "endpoint " + name + " is in the configuration (webhooks.endpoints): change or remove it there, and"
                            + " restart; 'waltally webhooks pause' works without");
        }
        throw new EndpointRefusedException(
                Kind.UNKNOWN, KnownEndpoints.unknown(name, KnownEndpoints.read(configuration, topics)));
    }

    private boolean isConfigured(String name) {
        return configuration.webhooks().endpoints().stream().map(Endpoint::name).anyMatch(name::equals);
    }

    private static void requireValid(String name, Map<String, String> settings) {
        try {
            WebhookSettings.added(name, settings);
        } catch (ConfigException e) {
            throw new EndpointRefusedException(Kind.INVALID, e.getMessage());
        }
    }

    private static boolean sealing(String name, BooleanSupplier request) {
        try {
            return request.getAsBoolean();
        } catch (SealedException e) {
            throw new EndpointRefusedException(Kind.CONFLICT, "endpoint " + name + ": " + e.getMessage());
        }
    }
}
