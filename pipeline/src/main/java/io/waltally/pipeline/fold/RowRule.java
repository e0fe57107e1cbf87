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
    I identity(K key);

    /** The state with this row in it. */
    S with(@Nullable S before, Change<R> change);

    /** The state without the row of that key; null if nothing is left of it. */
    default @Nullable S without(S before, K key) {
        return null;
    }
}
