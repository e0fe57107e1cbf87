package io.waltally.webhooks.control;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The configured keys: the first encrypts; all are tried for decryption.
 *
 * @param setting its name, for messages
 */
public record SealingKeys(String setting, List<SealingKey> keys) {
    public SealingKeys {
        keys = List.copyOf(keys);
    }

    /** Settings of an endpoint that are kept where others may read. */
    record Sealed(String keyId, String text) {}

    /** @throws SealedException if no key is configured */
    Sealed seal(String endpoint, String settings) {
        if (keys.isEmpty()) {
            throw new SealedException("no key is configured (" + setting
                    + "), and without one the settings of an endpoint, which hold secrets, cannot be kept in Kafka:"
                    + " `openssl rand -base64 32` makes one; every instance needs it");
        }
        SealingKey first = keys.get(0);
        return new Sealed(first.id(), first.seal(settings, endpoint));
    }

    /** @throws SealedException if none of the keys has sealed it, or if it was altered */
    String open(String endpoint, Sealed sealed) {
        return keys.stream()
                .filter(key -> key.id().equals(sealed.keyId()))
                .findFirst()
                .orElseThrow(() -> new SealedException("its settings are sealed with key " + sealed.keyId() + ", and "
                        + setting + " has "
                        + (keys.isEmpty()
                                ? "none"
                                : "only " + keys.stream().map(SealingKey::id).collect(Collectors.joining(", ")))
                        + ": add that key, or add the endpoint again"))
                .open(sealed.text(), endpoint);
    }

    /** Whether it was sealed with the first key. */
    boolean isCurrent(Sealed sealed) {
        return !keys.isEmpty() && keys.get(0).id().equals(sealed.keyId());
    }
}
