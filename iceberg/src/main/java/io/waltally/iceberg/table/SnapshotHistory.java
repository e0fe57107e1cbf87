package io.waltally.iceberg.table;

import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;

/**
 * Finds the last snapshot of a sink in the history of a table. Later snapshots may come from compaction by other tools.
 * A rollback of the table takes the positions back with the rows.
 */
final class SnapshotHistory {
    /** A tag on the last snapshot of the sink, so that it does not expire. */
    static final String TAG = "waltally";

    private SnapshotHistory() {}

    /**
     * Returns the last snapshot of the sink whose rows the table has; empty if there is none, or if it has expired and
     * the tagged one is not before the snapshots that remain.
     */
    static Optional<Snapshot> lastOfSink(TableMetadata table) {
        Snapshot snapshot = table.currentSnapshot();
        while (snapshot != null && !SinkProgress.isIn(snapshot)) {
            Long parent = snapshot.parentId();
            Snapshot previous = parent == null ? null : table.snapshot(parent);
            if (parent != null && previous == null) {
                return taggedBefore(snapshot, table);
            }
            snapshot = previous;
        }
        return Optional.ofNullable(snapshot);
    }

    /**
     * The parent of a snapshot has expired. The last snapshot of the sink before it is the tagged one, unless the table
     * was rolled back: then the tag is on a later one, whose rows the table no longer has.
     */
    private static Optional<Snapshot> taggedBefore(Snapshot oldest, TableMetadata table) {
        return Optional.ofNullable(table.ref(TAG))
                .map(tag -> table.snapshot(tag.snapshotId()))
                .filter(SinkProgress::isIn)
                .filter(tagged -> tagged.sequenceNumber() < oldest.sequenceNumber());
    }
}
