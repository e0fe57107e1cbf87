package io.waltally.pipeline.fold;

import org.jspecify.annotations.Nullable;

/** What moves the tallies of one origin. Origins end their transactions independently of each other. */
public sealed interface Movement {
    /** The table, or other cause, that moves the tallies. */
    String origin();

    /** The subject's tally moves by these amounts, once the transaction ends. */
    record Delta(String origin, Amounts amounts) implements Movement {}

    /**
     * Whatever the origin moved so far is complete.
     *
     * @param commit null if no transaction moved it but time
     */
    record End(String origin, @Nullable Commit commit) implements Movement {}
}
