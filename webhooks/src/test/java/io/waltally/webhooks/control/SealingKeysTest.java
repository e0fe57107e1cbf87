package io.waltally.webhooks.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.schemas.control.AddedEndpoint;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SealingKeysTest {
    private static final SealingKey OLD = key('a');
    private static final SealingKey NEW = key('b');
    private static final Map<String, String> SETTINGS =
            Map.of("url", "https://hooks.example.com/hidden-path", "secrets", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final AddedEndpoint EMPTY = new AddedEndpoint("1", Instant.EPOCH, "", "");

    private static SealingKey key(char letter) {
        return SealingKey.parse(Base64.getEncoder()
                .encodeToString(String.valueOf(letter).repeat(32).getBytes(StandardCharsets.UTF_8)));
    }

    private static SealingKeys keys(SealingKey... keys) {
        return new SealingKeys("webhooks.sealing-keys", List.of(keys));
    }

    @Test
    void whatIsSealedShowsNothingAndIsOpenedByItsKey() {
        AddedEndpoint sealed = EndpointControls.with("crm", EMPTY, SETTINGS, keys(OLD));
        assertThat(sealed.toString()).doesNotContain("hooks.example.com", "hidden-path", "whsec_");
        assertThat(EndpointControls.settings("crm", sealed, keys(OLD))).isEqualTo(SETTINGS);
        assertThat(EndpointControls.with("crm", EMPTY, SETTINGS, keys(OLD)).getSealedSettings())
                .as("sealed again")
                .isNotEqualTo(sealed.getSealedSettings());
    }

    @Test
    void aKeyIsRotatedByANewOneBeforeIt() {
        AddedEndpoint sealed = EndpointControls.with("crm", EMPTY, SETTINGS, keys(OLD));
        assertThat(EndpointControls.settings("crm", sealed, keys(NEW, OLD))).isEqualTo(SETTINGS);
        assertThat(EndpointControls.isCurrent(sealed, keys(NEW, OLD))).isFalse();
        AddedEndpoint resealed = EndpointControls.with("crm", sealed, SETTINGS, keys(NEW, OLD));
        assertThat(EndpointControls.isCurrent(resealed, keys(NEW, OLD))).isTrue();
        assertThat(EndpointControls.settings("crm", resealed, keys(NEW))).isEqualTo(SETTINGS);
    }

    @Test
    void withoutTheKeyTheErrorNamesIt() {
        AddedEndpoint sealed = EndpointControls.with("crm", EMPTY, SETTINGS, keys(OLD));
        assertThatThrownBy(() -> EndpointControls.settings("crm", sealed, keys(NEW)))
                .isInstanceOf(SealedException.class)
                .hasMessage("its settings are sealed with key " + OLD.id() + ", and webhooks.sealing-keys has only "
                        + NEW.id() + ": add that key, or add the endpoint again");
        assertThatThrownBy(() -> EndpointControls.settings("crm", sealed, keys()))
                .hasMessageContaining("webhooks.sealing-keys has none");
        assertThatThrownBy(() -> EndpointControls.with("crm", EMPTY, SETTINGS, keys()))
                .isInstanceOf(SealedException.class)
                .hasMessageContaining("no key is configured (webhooks.sealing-keys)")
                .hasMessageContaining("openssl rand -base64 32");
    }

    @Test
    void settingsOfAnotherEndpointAndAlteredOnesAreRefused() {
        AddedEndpoint sealed = EndpointControls.with("crm", EMPTY, SETTINGS, keys(OLD));
        assertThatThrownBy(() -> EndpointControls.settings("other", sealed, keys(OLD)))
                .isInstanceOf(SealedException.class)
                .hasMessageContaining("altered");
        byte[] bytes = Base64.getDecoder().decode(sealed.getSealedSettings());
        for (int i : new int[] {0, 12, bytes.length - 1}) {
            byte[] altered = bytes.clone();
            altered[i] ^= 1;
            assertThatThrownBy(() -> EndpointControls.settings("crm", with(sealed, altered), keys(OLD)))
                    .isInstanceOf(SealedException.class);
        }
        for (byte[] cut : List.of(new byte[0], new byte[5], new byte[12], new byte[20])) {
            assertThatThrownBy(() -> EndpointControls.settings("crm", with(sealed, cut), keys(OLD)))
                    .isInstanceOf(SealedException.class);
        }
    }

    private static AddedEndpoint with(AddedEndpoint sealed, byte[] bytes) {
        return new AddedEndpoint(
                sealed.getId(),
                sealed.getAddedAt(),
                sealed.getKeyId(),
                Base64.getEncoder().encodeToString(bytes));
    }

    @Test
    void aKeyIsTheBase64Of32BytesAndIsNeverShown() {
        for (String text : List.of("", "a", "!", "MDEyMzQ1Njc4OWFiY2RlZg==")) {
            assertThatThrownBy(() -> SealingKey.parse(text))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("openssl rand -base64 32");
        }
        assertThat(OLD).hasToString("***").isEqualTo(key('a')).isNotEqualTo(NEW);
        assertThat(OLD.id()).matches("[0-9a-f]{8}").isNotEqualTo(NEW.id());
    }
}
