package io.waltally.connectors.capture.encoding;

import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads what rows have in columns that were added after they were written. PostgreSQL keeps that value beside the
 * column, whatever becomes of its default, and sends no change of the rows.
 */
@FunctionalInterface
public interface AddedColumns {
    /**
     * Returns the values that older rows have, as the engine would stream them.
     *
     * @param columns that are new in the table's schema
     * @param transactionId of the change that has the columns, which the server may not show yet; empty if it comes
     *     from a query
     */
    OlderRows read(String topic, Set<String> columns, OptionalLong transactionId);

    /**
     * What older rows have in added columns. In a column that is in neither part, it is NULL.
     *
     * @param values by column
     * @param unknown columns in which they may have values that the server does not report
     */
    record OlderRows(Map<String, Object> values, Set<String> unknown) {
        /** They have NULL in each of the columns. */
        public static final OlderRows NULLS = new OlderRows(Map.of(), Set.of());

        public OlderRows {
            values = Map.copyOf(values);
            unknown = Set.copyOf(unknown);
        }
    }
}
