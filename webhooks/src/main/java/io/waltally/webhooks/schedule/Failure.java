package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.util.Optional;

/**
 * An attempt that did not succeed.
 *
 * @param reason for people
 * @param retryAfter how long the endpoint asks to be left alone
 * @param overloaded whether it asks so on account of all requests, not only of this one
 */
public record Failure(String reason, Optional<Duration> retryAfter, boolean overloaded) {
    public static Failure of(String reason) {
        return new Failure(reason, Optional.empty(), false);
    }
}
