package io.waltally.pipeline.row;

import io.waltally.schemas.Change;
import org.jspecify.annotations.Nullable;

/**
 * Maps the rows of a table to their state.
 *
 * @param <K> key of the cdc topic
 * @param <R> row of the cdc topic
 * @param <I> key of the state; several rows may share one state
 * @param <S> the state, compact and immutable
 */
public interface RowStateMapping<K, R, I, S> {
    /** The key of the state, for any key that can be deserialized. */
    I identity(K key);

    /** The state with this row added or replaced. */
    S with(@Nullable S before, Change<R> change);

    /** The state without the row of that key; null if nothing remains. */
    default @Nullable S without(S before, K key) {
        return null;
    }

    /** Whether a change carries the whole row, so that the result does not depend on earlier changes. */
    default boolean isWhole(Change<R> change) {
        return true;
    }

    /**
     * A state that stands in for an uncertain row and contributes to the tallies of that row; null if those tallies are
     * unknown.
     */
    default @Nullable S standIn(K key, @Nullable S before) {
        return before;
    }
}
