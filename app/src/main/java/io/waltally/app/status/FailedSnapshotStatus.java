package io.waltally.app.status;

import io.waltally.connectors.capture.FailedSnapshot;
import java.util.List;

/** A table, or a range of its keys, that was to be read again and could not be, as this process knows since it began. */
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
