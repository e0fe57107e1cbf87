package io.waltally.webhooks.control;

import io.waltally.schemas.control.AddedEndpoint;
import io.waltally.schemas.control.WebhookControl;
import io.waltally.schemas.control.WebhookControlKey;
import io.waltally.schemas.request.RequestWriter;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Writes operators' requests to endpoints, for all instances. Every method throws
 * {@link org.apache.kafka.common.KafkaException} if the request could not be written.
 */
public final class EndpointControlWriter {
    private static final String TRANSACTIONAL_ID = "waltally-webhook-controls";
    private static final int ID_DIGITS = 8;

    private final RequestWriter<WebhookControlKey, WebhookControl> writer;
    private final SealingKeys keys;

    /** @param client properties of Kafka's clients */
    public EndpointControlWriter(TopicCatalogue topics, SealingKeys keys, Map<String, Object> client) {
        writer = new RequestWriter<>(topics.webhookControls(), TRANSACTIONAL_ID, client);
        this.keys = keys;
    }

    /**
     * Adds an endpoint.
     *
     * @param settings by the time at which it is added
     * @return false if one of that name was added before
     * @throws SealedException if no key is configured
     */
    public boolean add(String endpoint, Function<Instant, Map<String, String>> settings) {
        String id = UUID.randomUUID().toString().substring(0, ID_DIGITS);
        Optional<WebhookControl> written = writer.change(new WebhookControlKey(endpoint), last -> {
            if (last.flatMap(EndpointControls::added).isPresent()) {
                return last;
            }
            Instant now = now();
            AddedEndpoint added =
                    EndpointControls.with(endpoint, new AddedEndpoint(id, now, "", ""), settings.apply(now), keys);
            // The configuration of instances may have a paused one of that name.
            boolean paused = last.filter(WebhookControl::getPaused).isPresent();
            return Optional.of(new WebhookControl(paused, resumeId(last), added, now));
        });
        return written.flatMap(EndpointControls::added)
                .filter(added -> added.getId().equals(id))
                .isPresent();
    }

    /**
     * Changes the settings of an endpoint that was added, and seals them with the first key.
     *
     * @param change may be called more than once; what it throws is thrown, and nothing is written
     * @return false if no such endpoint was added
     * @throws SealedException if the settings cannot be opened or sealed
     */
    public boolean change(String endpoint, UnaryOperator<Map<String, String>> change) {
        return changeAdded(
                endpoint,
                added -> EndpointControls.with(
                        endpoint, added, change.apply(EndpointControls.settings(endpoint, added, keys)), keys));
    }

    /**
     * Seals the settings of an endpoint that was added with the first key, if they are sealed with another one.
     *
     * @return false if no such endpoint was added
     * @throws SealedException if the settings cannot be opened or sealed
     */
    public boolean reseal(String endpoint) {
        return changeAdded(
                endpoint,
                added -> EndpointControls.isCurrent(added, keys)
                        ? added
                        : EndpointControls.with(
                                endpoint, added, EndpointControls.settings(endpoint, added, keys), keys));
    }

    private boolean changeAdded(String endpoint, UnaryOperator<AddedEndpoint> change) {
        return writer.change(
                        new WebhookControlKey(endpoint),
                        last -> last.map(control -> EndpointControls.added(control)
                                .map(added -> new WebhookControl(
                                        control.getPaused(), control.getResumeId(), change.apply(added), now()))
                                .orElse(control)))
                .flatMap(EndpointControls::added)
                .isPresent();
    }

    /** Asks that nothing be sent to an endpoint until it is resumed. */
    public void pause(String endpoint) {
        writer.change(
                new WebhookControlKey(endpoint),
                last -> Optional.of(new WebhookControl(true, resumeId(last), added(last), now())));
    }

    /** Asks that an endpoint that is paused or was disabled be sent to again. */
    public void resume(String endpoint) {
        writer.change(
                new WebhookControlKey(endpoint),
                last -> Optional.of(new WebhookControl(false, UUID.randomUUID().toString(), added(last), now())));
    }

    /**
     * Removes an endpoint that was added.
     *
     * @param configured whether the configuration has one of that name too, whose pause remains
     * @return false if no such endpoint was added
     */
    public boolean remove(String endpoint, boolean configured) {
        boolean[] removed = {false};
        writer.change(new WebhookControlKey(endpoint), last -> {
            removed[0] = last.flatMap(EndpointControls::added).isPresent();
            if (!removed[0] || configured) {
                return last.map(control -> new WebhookControl(control.getPaused(), control.getResumeId(), null, now()));
            }
            return Optional.empty();
        });
        return removed[0];
    }

    private static String resumeId(Optional<WebhookControl> last) {
        return last.map(WebhookControl::getResumeId).orElse("");
    }

    private static @Nullable AddedEndpoint added(Optional<WebhookControl> last) {
        return last.flatMap(EndpointControls::added).orElse(null);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
