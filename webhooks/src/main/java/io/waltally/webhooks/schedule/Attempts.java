package io.waltally.webhooks.schedule;

import java.time.Instant;

/**
 * The stored state of an unfinished event.
 *
 * @param attempts number of failed attempts
 * @param due time of the next attempt, in milliseconds; meaningless before the first failure
 */
record Attempts(int attempts, Instant due) {
    static final Attempts NONE = new Attempts(0, Instant.EPOCH);

    /** The same, due at that time at the latest. */
    Attempts dueBy(Instant latest) {
        return due.isAfter(latest) ? new Attempts(attempts, latest) : this;
    }
}
