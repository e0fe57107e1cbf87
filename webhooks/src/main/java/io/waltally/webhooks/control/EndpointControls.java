package io.waltally.webhooks.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.schemas.control.AddedEndpoint;
import io.waltally.schemas.control.WebhookControl;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads and makes the parts of a {@link WebhookControl}. */
public final class EndpointControls {
    private static final ObjectMapper JSON = new ObjectMapper();

    private EndpointControls() {}

    /** The endpoint that was added at run time; empty if the control is only one of an endpoint of the configuration. */
    public static Optional<AddedEndpoint> added(WebhookControl control) {
        return Optional.ofNullable(control.getAdded());
    }

    /**
     * The settings of an added endpoint, by key.
     *
     * @throws SealedException if they cannot be opened with these keys
     */
    public static Map<String, String> settings(String endpoint, AddedEndpoint added, SealingKeys keys) {
        try {
            return new TreeMap<>(
                    JSON.readValue(keys.open(endpoint, sealed(added)), new TypeReference<Map<String, String>>() {}));
        } catch (JsonProcessingException e) {
            // The message may contain a part of the settings.
            throw new SealedException("its settings have a form that this version does not know: "
                    + e.getClass().getSimpleName());
        }
    }

    /** The endpoint with other settings, sealed with the first key. */
    static AddedEndpoint with(String endpoint, AddedEndpoint added, Map<String, String> settings, SealingKeys keys) {
        SealingKeys.Sealed sealed;
        try {
            sealed = keys.seal(endpoint, JSON.writeValueAsString(new TreeMap<>(settings)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts have a JSON form", e);
        }
        return new AddedEndpoint(added.getId(), added.getAddedAt(), sealed.keyId(), sealed.text());
    }

    static boolean isCurrent(AddedEndpoint added, SealingKeys keys) {
        return keys.isCurrent(sealed(added));
    }

    private static SealingKeys.Sealed sealed(AddedEndpoint added) {
        return new SealingKeys.Sealed(added.getKeyId(), added.getSealedSettings());
    }
}
