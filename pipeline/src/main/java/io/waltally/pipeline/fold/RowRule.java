package io.waltally.pipeline.fold;

import io.waltally.schemas.Change;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a table's rows.
 *
 * @param <K> key of the cdc topic
 * @param <R> row of the cdc topic
 * @param <I> what the state is kept under; several rows may share one state
 * @param <S> the state, compact and immutable
 */
public interface RowRule<K, R, I, S> {
    /** Of any key that could be read. */
    I identity(K key);

    /** The state with this row in it. */
    S with(@Nullable S before, Change<R> change);

    /** The state without the row of that key; null if nothing is left of it. */
    default @Nullable S without(S before, K key) {
        return null;
    }

    /** Whether a change tells the whole row, so that nothing depends on the changes before it. */
    default boolean isWhole(Change<R> change) {
        return true;
    }

    /**
     * A state that contributes to the tallies that the row of that key belongs to, when nothing is known of the row but
     * what was known before; null if that does not tell which tallies these are.
     */
    default @Nullable S standIn(K key, @Nullable S before) {
        return before;
    }
}
