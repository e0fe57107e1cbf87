package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.util.Optional;

/**
 * A failed attempt.
 *
 * @param reason for display
 * @param retryAfter pause that the endpoint requests
 * @param overloaded whether the pause holds for all requests to the endpoint
 */
public record Failure(String reason, Optional<Duration> retryAfter, boolean overloaded) {
    public static Failure of(String reason) {
        return new Failure(reason, Optional.empty(), false);
    }
}
