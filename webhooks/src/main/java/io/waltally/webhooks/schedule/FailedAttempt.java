package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.util.Optional;

/**
 * A request that the endpoint did not accept, or that did not reach it.
 *
 * @param reason for display
 * @param retryAfter pause that the endpoint requests
 * @param overloaded whether the pause holds for all requests to the endpoint
 * @param ofEndpoint whether the endpoint failed, whatever the request contained
 */
public record FailedAttempt(String reason, Optional<Duration> retryAfter, boolean overloaded, boolean ofEndpoint) {
    /** A failure that the request may have caused. */
    public static FailedAttempt of(String reason) {
        return new FailedAttempt(reason, Optional.empty(), false, false);
    }

    /** The request reached no server. */
    public static FailedAttempt unreachable(String reason) {
        return new FailedAttempt(reason, Optional.empty(), false, true);
    }
}
