package io.waltally.webhooks.schedule;

import java.time.Instant;

/**
 * What is kept of an unfinished event.
 *
 * @param attempts that failed
 * @param due when the next one may be made, to the millisecond; of no meaning before the first
 */
record Tries(int attempts, Instant due) {
    static final Tries NONE = new Tries(0, Instant.EPOCH);
}
