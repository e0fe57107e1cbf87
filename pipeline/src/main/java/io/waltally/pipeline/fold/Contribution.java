package io.waltally.pipeline.fold;

import java.util.function.BiConsumer;

/**
 * What the state of a row adds to tallies: a pure function, so that what was added can be taken back.
 *
 * @param <T> what is tallied
 */
@FunctionalInterface
public interface Contribution<I, S, T> {
    void of(I identity, S state, BiConsumer<T, Amounts> add);
}
