package io.waltally.webhooks.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.webhooks.schedule.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswerTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private static Failure failure(int status, String retryAfter) {
        return new Answer(status, Map.of("retry-After", retryAfter), "").failure(NOON);
    }

    @Test
    void onlyAStatusOfTwoHundredAndSomethingIsSuccess() {
        for (int status : new int[] {100, 199, 300, 302, 400, 404, 429, 500, 503}) {
            assertThat(new Answer(status, Map.of(), "").success())
                    .as("%d", status)
                    .isFalse();
        }
        for (int status : new int[] {200, 202, 204, 299}) {
            assertThat(new Answer(status, Map.of(), "").success())
                    .as("%d", status)
                    .isTrue();
        }
        assertThat(new Answer(410, Map.of(), "").gone()).isTrue();
    }

    @Test
    void whenToComeAgainIsSaidInSecondsOrByADate() {
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
        assertThat(failure(500, "1").overloaded()).isFalse();
    }

    @Test
    void theReasonHoldsTheBeginningOfTheAnswerAsOneLine() {
        Answer answer = new Answer(500, Map.of(), "<html>\r\n\tno\u0007 " + "x".repeat(5_000));
        assertThat(answer.failure(NOON).reason())
                .startsWith("HTTP 500: <html> no x")
                .hasSizeLessThan(220);
        assertThat(new Answer(500, Map.of(), "").failure(NOON).reason()).isEqualTo("HTTP 500");
    }
}
