package io.waltally.bench;

import java.nio.file.Path;

/** The whole pipeline, which is measured. */
public interface PipelineBenchmarkTarget {
    CaptureBenchmarkTarget capture();

    /** Removes all topics and makes them anew. */
    void emptyTopics();

    /** Starts the topologies, which have not run on these topics yet. */
    Topologies startTopologies();

    /** Where the topologies keep their stores. */
    Path stateDirectory();
}
