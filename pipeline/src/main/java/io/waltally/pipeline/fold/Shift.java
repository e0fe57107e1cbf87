package io.waltally.pipeline.fold;

import org.jspecify.annotations.Nullable;

/**
 * A row went from one state to another.
 *
 * @param before null if there was no row
 * @param after null if there is none now
 * @param position of the transaction
 * @param snapshot whether a snapshot or a replay told it, and no transaction: it is no news
 * @param standalone null if it counts with the end of its transaction
 */
public record Shift<S>(
        @Nullable S before,
        @Nullable S after,
        Position position,
        boolean snapshot,
        @Nullable Standalone standalone) implements RowEvent<S> {
    /** The same shift, of another kind of state. */
    public <T> Shift<T> of(@Nullable T otherBefore, @Nullable T otherAfter) {
        return new Shift<>(otherBefore, otherAfter, position, snapshot, standalone);
    }
}
