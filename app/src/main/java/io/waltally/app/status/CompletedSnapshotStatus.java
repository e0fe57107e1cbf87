package io.waltally.app.status;

import io.waltally.connectors.capture.snapshot.CompletedSnapshot;
import java.util.List;

/** A requested snapshot that completed in this process. */
public record CompletedSnapshotStatus(
        String id, String table, List<String> from, List<String> to, long rows, String completedAt) {
    public static CompletedSnapshotStatus of(CompletedSnapshot snapshot) {
        return new CompletedSnapshotStatus(
                snapshot.request(),
                snapshot.table(),
                snapshot.from(),
                snapshot.to(),
                snapshot.rows(),
                snapshot.completedAt().toString());
    }
}
