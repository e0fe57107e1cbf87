package io.waltally.bench;

import io.waltally.schemas.Lsn;
import java.util.List;
import java.util.Optional;

/** The topologies at work, and a read_committed consumer of the tallies that they make. */
public interface Topologies extends AutoCloseable {
    /**
     * Everything that ended at or before it is in the tallies that the consumer has; empty while that is not known.
     *
     * @throws RuntimeException if the topologies have ended
     */
    Optional<Lsn> applied();

    /** What tallies and SQL say differently, a line each. */
    List<String> differences();

    @Override
    void close();
}
