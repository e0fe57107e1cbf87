package io.waltally.pipeline.fold;

import org.jspecify.annotations.Nullable;

/**
 * What moves tallies. An origin is a table, or another cause, that moves them; origins end their transactions
 * independently of each other.
 */
public sealed interface Movement {
    /** What stands alone must not end the open transaction of its table. */
    static String origin(String table, @Nullable Standalone standalone) {
        return standalone == null ? table : table + " beside transactions";
    }

    /** The subject's tally moves by these amounts, once the transaction ends. */
    record Delta(String origin, Amounts amounts) implements Movement {}

    /**
     * Whatever the origin moved so far is complete.
     *
     * @param position of the transaction; null if it happened beside the transactions of the partition
     * @param commit null if no transaction moved it but time
     */
    record End(
            String origin,
            @Nullable Position position,
            @Nullable Commit commit) implements Movement {}

    /** Every origin has moved and ended whatever follows from the source up to there. */
    record Complete(Position position) implements Movement {}
}
