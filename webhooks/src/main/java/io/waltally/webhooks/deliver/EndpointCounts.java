package io.waltally.webhooks.deliver;

/**
 * What has happened since the process began.
 *
 * @param delivered events that the endpoint took
 * @param failedAttempts requests that it did not take
 * @param retries requests for events that had failed before
 * @param dead events that were set aside after their last attempt, or because they could not be read
 * @param firstAttempt from the commit of what an event tells of to the first request
 * @param success from there to the answer that took it
 */
public record EndpointCounts(
        long delivered, long failedAttempts, long retries, long dead, Latencies firstAttempt, Latencies success) {}
