package io.waltally.bench.pipeline;

import io.waltally.bench.capture.CaptureBenchmarkTarget;
import io.waltally.schemas.Lsn;
import java.util.Optional;

/** A pipeline whose parts can crash. */
public interface RecoveryBenchmarkTarget {
    CaptureBenchmarkTarget capture();

    /** Starts the process of a part. */
    void start(Part part);

    /** Kills the process of a part by SIGKILL. */
    void kill(Part part);

    /** Deletes the stores of the stopped topologies. */
    void forgetState();

    /** The position up to which everything is in the cdc topics; empty while unknown. */
    Optional<Lsn> captured();

    /** The position up to which everything is in the tallies; empty while unknown. */
    Optional<Lsn> applied();

    /** The parts with their own processes. */
    enum Part {
        CAPTURE,
        TOPOLOGIES
    }
}
