package io.waltally.webhooks.deliver;

import java.time.Instant;
import java.util.Optional;

/**
 * What an endpoint has not got yet, of the partitions that this process has.
 *
 * @param lag records of the outbox that have not been read, whoever wants them
 * @param unfinished events that have been read and are neither delivered nor set aside
 * @param underWay requests that wait for their answer
 * @param retrying events that failed and wait for their next attempt
 * @param oldest when the oldest unfinished event was committed
 */
public record Backlog(long lag, int unfinished, int underWay, int retrying, Optional<Instant> oldest) {
    static final Backlog NONE = new Backlog(0, 0, 0, 0, Optional.empty());
}
