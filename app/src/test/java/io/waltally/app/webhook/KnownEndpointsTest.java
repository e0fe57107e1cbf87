package io.waltally.app.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.WebhookSettings;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.schemas.control.AddedEndpoint;
import io.waltally.schemas.control.WebhookControl;
import io.waltally.schemas.control.WebhookControlKey;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.send.InitialPosition;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KnownEndpointsTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final Configuration CONFIGURATION = Configuration.from(Map.of(
            "streams.application-id", "test",
            "webhooks.endpoints[0].name", "crm",
            "webhooks.endpoints[0].url", "https://hooks.example.com/x",
            "webhooks.endpoints[0].secrets", SECRET));
    private static final AddedEndpoint SEALED_ELSEWHERE =
            new AddedEndpoint("1f2e3d4c", Instant.EPOCH, "0a1b2c3d", "c2VhbGVk");

    private static List<KnownEndpoint> known(Map<String, WebhookControl> controls) {
        Map<WebhookControlKey, WebhookControl> byKey = new HashMap<>();
        controls.forEach((name, control) -> byKey.put(new WebhookControlKey(name), control));
        return KnownEndpoints.of(CONFIGURATION, byKey);
    }

    @Test
    void ofTwoEndpointsWithOneNameTheConfigurationsIsUsedAndMayBePaused() {
        KnownEndpoint crm = known(Map.of("crm", new WebhookControl(true, "r", SEALED_ELSEWHERE, Instant.EPOCH)))
                .get(0);
        assertThat(crm.added()).isFalse();
        assertThat(crm.group()).isEqualTo("test-webhooks-crm");
        assertThat(crm.control().paused()).isTrue();
        assertThat(crm.endpoint().map(Endpoint::target)).contains("https://hooks.example.com");
        assertThat(crm.problem().orElseThrow()).contains("'waltally webhooks remove crm' removes the other");
    }

    @Test
    void anAddedEndpointHasAGroupOfItsOwnAndSaysWhyItCannotBeRead() {
        List<KnownEndpoint> known =
                known(Map.of("other", new WebhookControl(false, "", SEALED_ELSEWHERE, Instant.EPOCH)));
        assertThat(known).extracting(KnownEndpoint::name).containsExactly("crm", "other");
        KnownEndpoint other = known.get(1);
        assertThat(other.added()).isTrue();
        assertThat(other.group()).isEqualTo("test-webhooks-other@1f2e3d4c");
        assertThat(other.endpoint()).isEmpty();
        assertThat(other.problem().orElseThrow())
                .contains("sealed with key 0a1b2c3d", "webhooks.sealing-keys has none");
    }

    @Test
    void pausedEndpointIsNotListedAfterItsRemovalFromTheConfiguration() {
        assertThat(known(Map.of("gone", new WebhookControl(true, "", null, Instant.EPOCH))))
                .extracting(KnownEndpoint::name)
                .containsExactly("crm");
    }

    @Test
    void anUnknownNameIsAnsweredWithTheOneThatMayBeMeant() {
        assertThat(KnownEndpoints.unknown("crn", known(Map.of()))).contains("did you mean crm?");
        assertThat(KnownEndpoints.unknown("crm", List.of())).contains("none was added");
    }

    @Test
    void settingsOfAnAddedEndpointAreCheckedAsThoseOfTheConfiguration() {
        Endpoint endpoint = WebhookSettings.added(
                "a.b",
                Map.of(
                        "url", "https://h.example/x",
                        "secrets", SECRET + "," + SECRET,
                        "events", "s3:*,backend.removed",
                        "headers.X-Tenant", "a",
                        "begin", "2026-11-22T12:00:00Z"));
        assertThat(endpoint.name()).isEqualTo("a.b");
        assertThat(endpoint.secrets()).hasSize(2);
        assertThat(endpoint.filter().patterns()).containsExactly("s3:*", "backend.removed");
        assertThat(endpoint.headers()).isEqualTo(Map.of("X-Tenant", "a"));
        assertThat(endpoint.beginning()).isEqualTo(InitialPosition.at(Instant.parse("2026-11-22T12:00:00Z")));
        refused(Map.of("url", "http://h.example/hidden", "secrets", SECRET), "crm.url begins with http://");
        refused(Map.of("url", "htps:/hidden", "secrets", SECRET), "crm.url must begin with https://");
        refused(Map.of("url", "https://h hidden", "secrets", SECRET), "crm.url must be a URL");
        refused(
                Map.of("url", "https://h.example/", "secrets", SECRET, "timeot", "1s"),
                "crm.timeot is not a known key; did you mean crm.timeout?");
        refused(Map.of("url", "https://h.example/", "secrets", "hidden"), "must be whsec_");
        refused(Map.of("url", "https://h.example/"), "crm.secrets is empty");
        refused(Map.of("url", "https://h.example/", "secrets", SECRET, "begin", "soon"), "must be earliest, latest");
    }

    @Test
    void noFileOfAnInstanceIsReadForAnAddedEndpoint() {
        for (String key : List.of("secrets-file", "header-files.X-A", "application-secret-file")) {
            refused(
                    Map.of("url", "https://h.example/", "secrets", SECRET, key, "/etc/hostname"),
                    "crm." + key + " is not for an endpoint that is added at run time");
        }
        assertThatThrownBy(() -> WebhookSettings.added("A/b", Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("name is \"A/b\": must match");
    }

    private static void refused(Map<String, String> settings, String message) {
        assertThatThrownBy(() -> WebhookSettings.added("crm", settings))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message)
                .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("hidden"));
    }
}
