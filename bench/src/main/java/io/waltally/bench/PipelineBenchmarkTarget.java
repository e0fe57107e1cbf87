package io.waltally.bench;

import java.nio.file.Path;

/** The whole pipeline, which is measured. */
public interface PipelineBenchmarkTarget {
    CaptureBenchmarkTarget capture();

    /** Removes all topics and makes them anew. */
    void emptyTopics();

    /** Starts the topologies as they are configured; they have not run on these topics yet. */
    Topologies startTopologies();

    /**
     * Starts topologies that have not run on these topics yet.
     *
     * @param threads stream threads of each instance
     */
    Topologies startTopologies(int threads, int instances);

    /** Where the topologies keep their stores. */
    Path stateDirectory();
}
