package io.waltally.pipeline.fold;

import org.jspecify.annotations.Nullable;

/**
 * A row is not known to be as the tallies have it, or is again. The states stand in for it: they contribute to those
 * tallies, whatever they contribute.
 *
 * @param before null if the row was known
 * @param after null if the row is known now
 * @param position of the transaction; null if the record does not tell it, which then stands alone
 * @param standalone null if a transaction brought it about
 */
public record Degradation<S>(
        @Nullable S before,
        @Nullable S after,
        @Nullable Position position,
        @Nullable Standalone standalone) implements RowEvent<S> {}
