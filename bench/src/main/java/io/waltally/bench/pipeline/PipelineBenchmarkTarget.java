package io.waltally.bench.pipeline;

import io.waltally.bench.capture.CaptureBenchmarkTarget;
import java.nio.file.Path;
import java.util.Set;

/** The pipeline that is measured. */
public interface PipelineBenchmarkTarget {
    CaptureBenchmarkTarget capture();

    /** Deletes all topics and creates them again. */
    void emptyTopics();

    /** Starts the topologies with their configuration, on topics that they have not processed yet. */
    Topologies startTopologies();

    /**
     * Starts topologies on topics that they have not processed yet.
     *
     * @param threads stream threads of each instance
     */
    Topologies startTopologies(int threads, int instances);

    /** The directory of the topologies' stores. */
    Path stateDirectory();

    /** Names of the databases that several stores share: a key begins with the name of its store and a zero byte. */
    Set<String> sharedStores();
}
