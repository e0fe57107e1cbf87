package io.waltally.webhooks.send;

import io.waltally.webhooks.schedule.Failure;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What an endpoint answered.
 *
 * @param headers by their names as they came
 * @param body the beginning of it
 */
public record Answer(int status, Map<String, String> headers, String body) {
    private static final int GONE = 410;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVICE_UNAVAILABLE = 503;
    private static final int LONGEST_EXCERPT = 200;

    public boolean success() {
        return status >= 200 && status < 300;
    }

    /** Whether the endpoint wants no more requests. */
    public boolean gone() {
        return status == GONE;
    }

    /** What follows from an answer that is no success; its reason holds none of the confidences. */
    Failure failure(Instant now, Confidences confidences) {
        // Before it is cut, or a part of a confidence would be left at the end.
        String shown = confidences.masked(body);
        String excerpt = shown.substring(0, Math.min(shown.length(), LONGEST_EXCERPT))
                .replaceAll("[^\\x21-\\x7E]+", " ")
                .strip();
        return new Failure(
                "HTTP " + status + (excerpt.isEmpty() ? "" : ": " + excerpt),
                retryAfter(now),
                status == TOO_MANY_REQUESTS || status == SERVICE_UNAVAILABLE);
    }

    private Optional<Duration> retryAfter(Instant now) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().toLowerCase(Locale.ROOT).equals("retry-after"))
                .map(Map.Entry::getValue)
                .findFirst()
                .flatMap(value -> wait(value.strip(), now))
                .filter(wait -> !wait.isNegative());
    }

    /** By RFC 9110 seconds, or a date. */
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
