package io.waltally.pipeline.progress;

import io.waltally.pipeline.row.Position;

/**
 * The position of a watermark that a partition has reached.
 *
 * @param committedAt commit time of the watermark in microseconds: later transactions are beyond it
 */
public record SourceProgress(Position position, long committedAt) {
    /** No watermark was reached. */
    static final SourceProgress NONE = new SourceProgress(Position.START, Long.MIN_VALUE);

    public boolean isKnown() {
        return !equals(NONE);
    }
}
