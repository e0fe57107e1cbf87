package io.waltally.embedded.workload;

import java.sql.SQLException;

/**
 * One kind of thing that an application does: one transaction or several.
 *
 * @param label names it in the statistics
 * @param weight how often it comes, relative to the others of its store
 */
record Operation(String label, int weight, Action action) {
    /** Carries the operation out once. */
    @FunctionalInterface
    interface Action {
        /**
         * Carries it out.
         *
         * @return whether it was done; false where the rows that it needs are not there
         * @throws TransactionAbandoned if a quota was exceeded on the way
         */
        boolean perform() throws SQLException;
    }
}
