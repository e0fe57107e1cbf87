package io.waltally.bench.pipeline;

import io.waltally.schemas.Lsn;
import java.util.List;
import java.util.Optional;

/** Running topologies, and a read_committed consumer of their tallies. */
public interface Topologies extends AutoCloseable {
    /**
     * The position up to which the consumer has all tallies; empty while unknown.
     *
     * @throws RuntimeException if the topologies have ended
     */
    Optional<Lsn> applied();

    /** The differences between tallies and SQL, a line each. */
    List<String> differences();

    @Override
    void close();
}
