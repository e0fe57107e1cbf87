package io.waltally.webhooks.deliver;

import java.time.Instant;
import java.util.Optional;

/**
 * Events that were not delivered yet, in this process's partitions.
 *
 * @param lag outbox records that were not read, or have to be read again, including those that the endpoint's filter rejects
 * @param unfinished events that were read, and are neither delivered nor dead letters
 * @param underWay requests without an answer
 * @param retrying events that failed and wait for their next attempt
 * @param oldest commit time of the oldest unfinished event
 */
public record Backlog(long lag, int unfinished, int underWay, int retrying, Optional<Instant> oldest) {
    static final Backlog NONE = new Backlog(0, 0, 0, 0, Optional.empty());
}
