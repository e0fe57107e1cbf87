package io.waltally.bench;

import io.waltally.schemas.Lsn;
import java.util.Optional;

/** The whole pipeline, of which parts can crash. */
public interface RecoveryBenchmarkTarget {
    CaptureBenchmarkTarget capture();

    /** Starts a process with that part. */
    void start(Part part);

    /** SIGKILL. */
    void kill(Part part);

    /** Removes the stores of the topologies, which do not run. */
    void forgetState();

    /** Up to where everything is in the cdc topics; empty while that is not known. */
    Optional<Lsn> captured();

    /** Up to where everything is in the tallies; empty while that is not known. */
    Optional<Lsn> applied();

    /** What runs as a process of its own. */
    enum Part {
        CAPTURE,
        TOPOLOGIES
    }
}
