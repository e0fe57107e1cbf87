package io.waltally.app.status;

import io.waltally.app.deadletter.DeadLetter;

/**
 * The number of open dead letters of one source or endpoint.
 *
 * @param total all that are open
 * @param unattributed those whose tallies are unknown, so that no tally is marked as {@code degraded}
 */
public record DeadLetterCount(long total, long unattributed) {
    static final DeadLetterCount NONE = new DeadLetterCount(0, 0);

    DeadLetterCount plus(DeadLetter letter) {
        return new DeadLetterCount(total + 1, unattributed + (letter.isAttributed() ? 0 : 1));
    }
}
