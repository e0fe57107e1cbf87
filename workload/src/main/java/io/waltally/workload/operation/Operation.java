package io.waltally.workload.operation;

import io.waltally.workload.session.TransactionAbandoned;
import java.sql.SQLException;

/**
 * A kind of operation of an application: one transaction or several.
 *
 * @param label its name in the statistics
 * @param weight its frequency relative to the others of its store
 */
public record Operation(String label, int weight, Action action) {
    /** Performs the operation once. */
    @FunctionalInterface
    public interface Action {
        /**
         * Performs the operation.
         *
         * @return whether it was done; false if the rows that it needs do not exist
         * @throws TransactionAbandoned if a quota was exceeded
         */
        boolean perform() throws SQLException;
    }
}
