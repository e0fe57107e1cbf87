package io.waltally.app.status;

import io.waltally.connectors.capture.snapshot.FailedSnapshot;
import java.util.List;

/** A requested snapshot that failed in this process. */
public record FailedSnapshotStatus(String table, List<String> from, List<String> to, String reason, String failedAt) {
    public static FailedSnapshotStatus of(FailedSnapshot snapshot) {
        return new FailedSnapshotStatus(
                snapshot.table(),
                snapshot.from(),
                snapshot.to(),
                snapshot.reason(),
                snapshot.failedAt().toString());
    }
}
