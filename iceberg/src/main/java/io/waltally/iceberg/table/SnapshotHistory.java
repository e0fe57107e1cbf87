package io.waltally.iceberg.table;

import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.TableMetadata;

/**
 * Finds the last snapshot of a sink in the history of a table. Later snapshots may come from compaction by other tools.
 * A rollback of the table takes the positions back with the rows.
 */
final class SnapshotHistory {
    /** A tag on the last snapshot of the sink, so that it does not expire. */
    static final String TAG = "waltally";

    private SnapshotHistory() {}

    static Optional<Snapshot> lastOfSink(TableMetadata table) {
        Snapshot snapshot = table.currentSnapshot();
        while (snapshot != null) {
            if (SinkProgress.isIn(snapshot)) {
                return Optional.of(snapshot);
            }
            Long parent = snapshot.parentId();
            if (parent == null) {
                return Optional.empty();
            }
            snapshot = table.snapshot(parent);
            if (snapshot == null) {
                // Expired: the last one before it is the one that was kept.
                return tagged(table);
            }
        }
        return Optional.empty();
    }

    private static Optional<Snapshot> tagged(TableMetadata table) {
        SnapshotRef tag = table.ref(TAG);
        return tag == null
                ? Optional.empty()
                : Optional.ofNullable(table.snapshot(tag.snapshotId())).filter(SinkProgress::isIn);
    }
}
