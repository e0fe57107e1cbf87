package io.waltally.webhooks.send;

import io.waltally.webhooks.schedule.FailedAttempt;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The answer of an endpoint.
 *
 * @param headers by their original names
 * @param body its beginning
 */
public record WebhookResponse(int status, Map<String, String> headers, String body) {
    private static final int GONE = 410;
    private static final int CONTENT_TOO_LARGE = 413;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVICE_UNAVAILABLE = 503;
    private static final int MAX_EXCERPT = 200;

    public boolean success() {
        return status >= 200 && status < 300;
    }

    /** Whether the endpoint answered 410. */
    public boolean gone() {
        return status == GONE;
    }

    /** Whether the endpoint answered 413. */
    public boolean tooLarge() {
        return status == CONTENT_TOO_LARGE;
    }

    /** Interprets an unsuccessful answer; the reason contains no secrets of the request. */
    FailedAttempt failure(Instant now, RequestRedactor redactor) {
        // Before it is cut: a part of a secret would remain at the end.
        String shown = redactor.masked(body);
        String excerpt = shown.substring(0, Math.min(shown.length(), MAX_EXCERPT))
                .replaceAll("[^\\x21-\\x7E]+", " ")
                .strip();
        boolean overloaded = status == TOO_MANY_REQUESTS || status == SERVICE_UNAVAILABLE;
        return new FailedAttempt(
                "HTTP " + status + (excerpt.isEmpty() ? "" : ": " + excerpt), retryAfter(now), overloaded, overloaded);
    }

    private Optional<Duration> retryAfter(Instant now) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().toLowerCase(Locale.ROOT).equals("retry-after"))
                .map(Map.Entry::getValue)
                .findFirst()
                .flatMap(value -> wait(value.strip(), now))
                .filter(wait -> !wait.isNegative());
    }

    /** Seconds or a date, by RFC 9110. */
    private static Optional<Duration> wait(String value, Instant now) {
        try {
            return Optional.of(
                    value.matches("\\d{1,18}")
                            ? Duration.ofSeconds(Long.parseLong(value))
                            : Duration.between(
                                    now,
                                    ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                            .toInstant()));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
