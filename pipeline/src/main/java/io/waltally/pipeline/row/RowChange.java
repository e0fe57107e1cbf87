package io.waltally.pipeline.row;

import org.jspecify.annotations.Nullable;

/**
 * A row changed its state.
 *
 * @param before null if the row did not exist
 * @param after null if the row does not exist any more
 * @param position of the transaction
 * @param snapshot whether the change comes from a snapshot or a replay, so that it causes no notification
 * @param nonTransactional null if the change counts with the end of its transaction
 */
public record RowChange<S>(
        @Nullable S before,
        @Nullable S after,
        Position position,
        boolean snapshot,
        @Nullable NonTransactionalEvent nonTransactional)
        implements RowEvent<S> {
    /** The same change, with another type of state. */
    public <T> RowChange<T> of(@Nullable T otherBefore, @Nullable T otherAfter) {
        return new RowChange<>(otherBefore, otherAfter, position, snapshot, nonTransactional);
    }
}
