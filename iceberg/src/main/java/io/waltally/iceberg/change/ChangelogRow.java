package io.waltally.iceberg.change;

import io.waltally.schemas.Operation;
import java.time.Instant;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;

/**
 * A cdc record as a row of the table of changes.
 *
 * @param transactionId 0 for a row of a snapshot
 * @param committedAt commit time of the transaction, or time of the snapshot
 * @param columns the new row; of a deleted row the key
 * @param unrepresentable texts of the values of the new row that its schema cannot express, by column
 * @param tombstone whether the record had no value
 */
public record ChangelogRow(
        Operation operation,
        ChangePosition place,
        long transactionId,
        Instant committedAt,
        GenericRecord columns,
        Map<String, String> unrepresentable,
        boolean tombstone) {
    public ChangelogRow {
        unrepresentable = Map.copyOf(unrepresentable);
    }
}
