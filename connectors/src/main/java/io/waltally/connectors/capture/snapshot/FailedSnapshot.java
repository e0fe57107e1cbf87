package io.waltally.connectors.capture.snapshot;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A requested snapshot of a table, or of a range of its keys, that failed. The stream continues without it.
 *
 * @param request id of the request; empty if an earlier version accepted it
 * @param from first values of the primary key, inclusive; empty: from the beginning
 * @param to first values of the primary key, exclusive; empty: to the end
 */
public record FailedSnapshot(
        Optional<String> request, String table, List<String> from, List<String> to, String reason, Instant failedAt) {
    public FailedSnapshot {
        from = List.copyOf(from);
        to = List.copyOf(to);
    }

    public static FailedSnapshot of(TableSnapshot snapshot, String reason) {
        return new FailedSnapshot(
                snapshot.request(), snapshot.table(), snapshot.from(), snapshot.to(), reason, Instant.now());
    }
}
