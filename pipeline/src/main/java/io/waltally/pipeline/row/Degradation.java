package io.waltally.pipeline.row;

import org.jspecify.annotations.Nullable;

/**
 * A row has become uncertain, or certain again. The states stand in for the row: they contribute to the affected
 * tallies.
 *
 * @param before null if the row was certain
 * @param after null if the row is certain now
 * @param position of the transaction; null if the record does not carry it and the event is non-transactional
 * @param nonTransactional null if the event belongs to a transaction
 */
public record Degradation<S>(
        @Nullable S before,
        @Nullable S after,
        @Nullable Position position,
        @Nullable NonTransactionalEvent nonTransactional)
        implements RowEvent<S> {}
