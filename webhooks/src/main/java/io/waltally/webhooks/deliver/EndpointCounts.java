package io.waltally.webhooks.deliver;

/**
 * Counts since the process started.
 *
 * @param delivered events that the endpoint accepted
 * @param failedAttempts attempts to deliver an event that it did not accept
 * @param retries attempts to deliver an event that had failed before
 * @param dead events that became dead letters
 * @param firstAttempt time from the commit to the first request
 * @param success time from the commit to the successful answer
 */
public record EndpointCounts(
        long delivered,
        long failedAttempts,
        long retries,
        long dead,
        LatencySnapshot firstAttempt,
        LatencySnapshot success) {}
