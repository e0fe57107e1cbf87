package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.util.Optional;

/**
 * A failed attempt.
 *
 * @param reason for display
 * @param retryAfter pause that the endpoint requests
 * @param overloaded whether the pause holds for all requests to the endpoint
 * @param ofEndpoint whether the endpoint failed, whatever the request held
 */
public record Failure(String reason, Optional<Duration> retryAfter, boolean overloaded, boolean ofEndpoint) {
    /** A failure that the request may have caused. */
    public static Failure of(String reason) {
        return new Failure(reason, Optional.empty(), false, false);
    }

    /** Nobody got the request. */
    public static Failure unreachable(String reason) {
        return new Failure(reason, Optional.empty(), false, true);
    }
}
