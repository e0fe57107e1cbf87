package io.waltally.webhooks.deliver;

/**
 * Counts since the process started.
 *
 * @param delivered events that the endpoint accepted
 * @param failedAttempts requests that it did not accept
 * @param retries requests for events that had failed before
 * @param dead events that became dead letters
 * @param firstAttempt time from the commit to the first request
 * @param success time from the commit to the successful answer
 */
public record EndpointCounts(
        long delivered, long failedAttempts, long retries, long dead, Latencies firstAttempt, Latencies success) {}
