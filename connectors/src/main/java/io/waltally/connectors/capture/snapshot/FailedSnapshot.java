package io.waltally.connectors.capture.snapshot;

import java.time.Instant;
import java.util.List;

/**
 * A requested snapshot of a table, or of a range of its keys, that failed. The stream continues without it.
 *
 * @param from first values of the primary key, inclusive; empty: from the beginning
 * @param to first values of the primary key, exclusive; empty: to the end
 */
public record FailedSnapshot(String table, List<String> from, List<String> to, String reason, Instant failedAt) {
    public FailedSnapshot {
        from = List.copyOf(from);
        to = List.copyOf(to);
    }
}
