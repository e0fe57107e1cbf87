package io.waltally.webhooks.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.event.EventFilter;
import io.waltally.webhooks.schedule.FailedAttempt;
import io.waltally.webhooks.schedule.RequestLimits;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.sign.SigningSecret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WebhookResponseTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private static final RequestRedactor REDACTOR = redactor(
            "https://x.example/hooks/path-hidden/caf%C3%A9hidden?token=hidden%2Bquery&n=1", "Bearer hidden.header==");

    private static RequestRedactor redactor(String url, String authorization) {
        return RequestRedactor.of(new Endpoint(
                "test",
                URI.create(url),
                new EventFilter(List.of("*"), ""),
                List.of(SigningSecret.generate()),
                Optional.empty(),
                Duration.ofSeconds(1),
                new Retries(3, Duration.ofSeconds(1), Duration.ofSeconds(10), Retries.NEVER),
                RequestLimits.of(1),
                Map.of("Authorization", authorization),
                new EgressPolicy(false, false),
                InitialPosition.EARLIEST));
    }

    private static FailedAttempt failure(int status, String retryAfter) {
        return new WebhookResponse(status, Map.of("retry-After", retryAfter), "").failure(NOON, REDACTOR);
    }

    @Test
    void onlyAStatusOfTwoHundredAndSomethingIsSuccess() {
        for (int status : new int[] {100, 199, 300, 302, 400, 404, 429, 500, 503}) {
            assertThat(new WebhookResponse(status, Map.of(), "").success())
                    .as("%d", status)
                    .isFalse();
        }
        for (int status : new int[] {200, 202, 204, 299}) {
            assertThat(new WebhookResponse(status, Map.of(), "").success())
                    .as("%d", status)
                    .isTrue();
        }
        assertThat(new WebhookResponse(410, Map.of(), "").gone()).isTrue();
    }

    @Test
    void retryAfterIsParsedAsSecondsOrDate() {
        assertThat(failure(503, "120").retryAfter()).contains(Duration.ofMinutes(2));
        assertThat(failure(503, "Sun, 22 Nov 2026 12:05:00 GMT").retryAfter()).contains(Duration.ofMinutes(5));
        assertThat(failure(503, "Sun, 22 Nov 2026 11:05:00 GMT").retryAfter()).isEmpty();
        for (String neither : new String[] {"", "-5", "soon", "1e9", "9".repeat(40)}) {
            assertThat(failure(503, neither).retryAfter()).as(neither).isEmpty();
        }
    }

    @Test
    void tooManyRequestsAndUnavailableAreOfTheWholeEndpoint() {
        assertThat(failure(429, "1").overloaded()).isTrue();
        assertThat(failure(503, "1").overloaded()).isTrue();
        assertThat(failure(503, "1").ofEndpoint()).isTrue();
        assertThat(failure(500, "1").overloaded()).isFalse();
        assertThat(failure(500, "1").ofEndpoint()).isFalse();
    }

    @Test
    void theReasonHoldsTheBeginningOfTheAnswerAsOneLine() {
        WebhookResponse answer = new WebhookResponse(500, Map.of(), "<html>\r\n\tno\u0007 " + "x".repeat(5_000));
        assertThat(answer.failure(NOON, REDACTOR).reason())
                .startsWith("HTTP 500: <html> no x")
                .hasSizeLessThan(220);
        assertThat(new WebhookResponse(500, Map.of(), "")
                        .failure(NOON, REDACTOR)
                        .reason())
                .isEqualTo("HTTP 500");
    }

    @Test
    void theReasonHoldsNothingConfidentialThatTheAnswerRepeats() {
        for (String repeated : new String[] {
            "Cannot POST /hooks/path-hidden/caf%C3%A9hidden?token=hidden%2Bquery&n=1",
            "Cannot POST /hooks/path-hidden/caf\u00e9hidden?token=hidden+query&amp;n=1",
            "{\"authorization\":\"Bearer hidden.header==\"}",
            "x".repeat(195) + "/path-hidden"
        }) {
            assertThat(new WebhookResponse(404, Map.of(), repeated)
                            .failure(NOON, REDACTOR)
                            .reason())
                    .startsWith("HTTP 404: ")
                    .doesNotContain("hidden")
                    .doesNotContain("path");
        }
    }
}
