package io.waltally.pipeline.tally;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.NonTransactionalEvent;
import io.waltally.pipeline.row.Position;
import org.jspecify.annotations.Nullable;

/**
 * Changes of tallies. An origin is a table, or another cause of changes; the transactions of different origins end
 * independently.
 */
public sealed interface TallyDelta {
    /** The origin of non-transactional changes, which must not end the open transaction of their table. */
    static String origin(String table, @Nullable NonTransactionalEvent nonTransactional) {
        return nonTransactional == null ? table : table + " out of transaction";
    }

    /** Adds amounts to the tally of a subject when the transaction ends. */
    record Delta(String origin, Amounts amounts) implements TallyDelta {}

    /**
     * Ends the open transaction of an origin.
     *
     * @param position of the transaction; null if the changes were non-transactional
     * @param commit null if time caused the changes
     */
    record End(
            String origin,
            @Nullable Position position,
            @Nullable Commit commit) implements TallyDelta {}

    /** Every origin has ended the transactions up to the position. */
    record Complete(Position position) implements TallyDelta {}
}
