package io.waltally.app.local.bench;

import io.waltally.schemas.Lsn;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Matches commits with the tallies that hold them, by the LSN of each tally's last change. The row of a commit and the tally
 * may be read in either order. Not thread-safe.
 */
final class CommitsInTallies {
    private final Consumer<Instant> held;
    private final Map<String, NavigableMap<Long, Instant>> waiting = new HashMap<>();
    private final Map<String, Long> reached = new HashMap<>();

    /** @param held gets the time of each commit once its tally holds it, and its row was read */
    CommitsInTallies(Consumer<Instant> held) {
        this.held = held;
    }

    /** The commit changed a tally. */
    void row(String tally, Lsn commit, Instant committedAt) {
        if (commit.value() <= reached.getOrDefault(tally, -1L)) {
            held.accept(committedAt);
        } else {
            waiting.computeIfAbsent(tally, key -> new TreeMap<>()).put(commit.value(), committedAt);
        }
    }

    /** A tally was read. */
    void tally(String tally, long lastChange) {
        reached.merge(tally, lastChange, Math::max);
        NavigableMap<Long, Instant> commits =
                waiting.getOrDefault(tally, new TreeMap<>()).headMap(lastChange, true);
        commits.values().forEach(held);
        commits.clear();
    }
}
