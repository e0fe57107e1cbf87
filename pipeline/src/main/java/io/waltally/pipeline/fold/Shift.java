package io.waltally.pipeline.fold;

import org.jspecify.annotations.Nullable;

/**
 * A row went from one state to another.
 *
 * @param before null if there was no row
 * @param after null if there is none now
 * @param position of the transaction
 * @param snapshot whether a snapshot told it, and no transaction
 */
public record Shift<S>(@Nullable S before, @Nullable S after, Position position, boolean snapshot)
        implements RowEvent<S> {}
