package io.waltally.connectors.capture.snapshot;

import java.time.Instant;
import java.util.List;

/**
 * A requested snapshot of a table, or of a range of its keys, whose rows are all committed in the table's topic.
 *
 * @param request id of the request
 * @param from first values of the primary key, inclusive; empty: from the beginning
 * @param to first values of the primary key, exclusive; empty: to the end
 */
public record CompletedSnapshot(
        String request, String table, List<String> from, List<String> to, long rows, Instant completedAt) {
    public CompletedSnapshot {
        from = List.copyOf(from);
        to = List.copyOf(to);
    }

    static CompletedSnapshot of(TableSnapshot snapshot) {
        return new CompletedSnapshot(
                snapshot.request().orElseThrow(),
                snapshot.table(),
                snapshot.from(),
                snapshot.to(),
                snapshot.rows(),
                Instant.now());
    }
}
