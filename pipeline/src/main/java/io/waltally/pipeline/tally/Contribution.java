package io.waltally.pipeline.tally;

import java.util.function.BiConsumer;

/**
 * The contribution of a row state to tallies: a pure function, so that it can be subtracted again.
 *
 * @param <T> subject of the tally
 */
@FunctionalInterface
public interface Contribution<I, S, T> {
    void of(I identity, S state, BiConsumer<T, Amounts> add);
}
