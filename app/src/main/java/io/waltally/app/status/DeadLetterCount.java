package io.waltally.app.status;

import io.waltally.app.deadletter.DeadLetter;

/**
 * How many dead letters of one source there are.
 *
 * @param total repaired or not
 * @param unattributed those of which nothing tells whose they are: no tally shows by {@code degraded} that they are
 *     missing
 */
public record DeadLetterCount(long total, long unattributed) {
    static final DeadLetterCount NONE = new DeadLetterCount(0, 0);

    DeadLetterCount plus(DeadLetter letter) {
        return new DeadLetterCount(total + 1, unattributed + (letter.isAttributed() ? 0 : 1));
    }
}
