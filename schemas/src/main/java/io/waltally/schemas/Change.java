package io.waltally.schemas;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One row change, as topologies read it from Debezium's envelope.
 *
 * @param before the old row as sent by the server: under the default replica identity only its key, so no tally may
 *     depend on it
 * @param after the new row; null for a delete and a truncate
 * @param committedAt commit time of the transaction, or time of the snapshot
 */
public record Change<R>(
        Operation operation, @Nullable R before, @Nullable R after, Instant committedAt) {

    /** Debezium's placeholder for a value that PostgreSQL omits from an update because it did not change. */
    public static final String UNAVAILABLE_VALUE = "__debezium_unavailable_value";

    public Change {
        boolean gone = operation == Operation.DELETE || operation == Operation.TRUNCATE;
        if (gone != (after == null)) {
            throw new IllegalArgumentException("op " + operation.code() + (gone ? " with" : " without") + " a new row");
        }
    }
}
