package io.waltally.pipeline.progress;

import io.waltally.pipeline.fold.Position;

/**
 * A partition has read its source up to a watermark.
 *
 * @param committedAt when that was committed, in microseconds: what commits later is beyond the watermark
 */
public record Reached(Position position, long committedAt) {
    /** Nothing is known to be read. */
    static final Reached NOTHING = new Reached(Position.START, Long.MIN_VALUE);

    public boolean isAnything() {
        return !equals(NOTHING);
    }
}
