package io.waltally.app.status;

import io.waltally.connectors.capture.snapshot.FailedSnapshot;
import java.util.List;
import java.util.Optional;

/** A requested snapshot that failed in this process. */
public record FailedSnapshotStatus(
        Optional<String> id, String table, List<String> from, List<String> to, String reason, String failedAt) {
    public static FailedSnapshotStatus of(FailedSnapshot snapshot) {
        return new FailedSnapshotStatus(
                snapshot.request(),
                snapshot.table(),
                snapshot.from(),
                snapshot.to(),
                snapshot.reason(),
                snapshot.failedAt().toString());
    }
}
