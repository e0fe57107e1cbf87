package io.waltally.app.command.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.webhooks.receive.ReceivedWebhook;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReceivedRequestTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final String BATCH = "application/cloudevents-batch+json";

    private static ReceivedWebhook received(String type, Optional<String> rejectionReason, String body) {
        return new ReceivedWebhook(NOON, "/hook", "evt_1", type, rejectionReason, body);
    }

    @Test
    void eachEventOfABatchHasALineAndAnythingElseIsShownAsItCame() {
        assertThat(ReceivedRequest.lines(
                        received("application/cloudevents+json", Optional.of("no signature"), "[{}, {}]")))
                .containsExactly("2026-11-22T12:00:00Z /hook evt_1 NOT TRUSTED: no signature", "  [{}, {}]");
        assertThat(ReceivedRequest.lines(received(BATCH, Optional.empty(), "[{\"id\":\"a\"},{\"id\":\"b\"}]")))
                .containsExactly(
                        "2026-11-22T12:00:00Z /hook evt_1 signed rightly, batch of 2",
                        "  {\"id\":\"a\"}",
                        "  {\"id\":\"b\"}");
        assertThat(ReceivedRequest.lines(received(BATCH, Optional.empty(), "{}")))
                .containsExactly(
                        "2026-11-22T12:00:00Z /hook evt_1 signed rightly, NOT A BATCH: the body is not one JSON array of"
                                + " objects",
                        "  {}");
    }
}
