package io.waltally.webhooks.control;

import io.waltally.compatibility.ByteForms;
import io.waltally.compatibility.RecordedForms;
import io.waltally.schemas.control.AddedEndpoint;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Settings of endpoints, as earlier versions sealed them. */
class CompatibilityTest {
    private static final String KEY_AND_TEXT = " ";
    private static final SealingKeys KEYS = new SealingKeys(
            "webhooks.sealing-keys",
            List.of(SealingKey.parse(
                    Base64.getEncoder().encodeToString("a".repeat(32).getBytes(StandardCharsets.UTF_8)))));

    @Test
    void everySealOfEarlierVersionsIsOpened() {
        ByteForms forms = new ByteForms(
                "Endpoints that were added at run time are sealed as the version wrote them that added them, until"
                        + " somebody reseals them: open that form too.");
        forms.encryptedForm("sealed settings of an endpoint", CompatibilityTest::seal, CompatibilityTest::open);
        for (Map<String, String> settings : List.of(
                Map.of("url", "https://hooks.example.com/a"),
                Map.of(
                        "url",
                        "https://hooks.example.com/größer",
                        "secrets",
                        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))) {
            forms.sample("sealed settings of an endpoint", seal(settings));
        }
        RecordedForms.of("sealed-settings").verify(forms);
    }

    private static byte[] seal(Map<String, String> settings) {
        AddedEndpoint sealed =
                EndpointControls.with("crm", new AddedEndpoint("1", Instant.EPOCH, "", ""), settings, KEYS);
        return (sealed.getKeyId() + KEY_AND_TEXT + sealed.getSealedSettings()).getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, String> open(byte[] bytes) {
        String[] sealed = new String(bytes, StandardCharsets.UTF_8).split(KEY_AND_TEXT, 2);
        return EndpointControls.settings("crm", new AddedEndpoint("1", Instant.EPOCH, sealed[0], sealed[1]), KEYS);
    }
}
