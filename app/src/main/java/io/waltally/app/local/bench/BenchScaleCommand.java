package io.waltally.app.local.bench;

import io.waltally.app.run.StopSignal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the whole pipeline with several numbers of stream threads and instances. */
@Command(
        name = "scale",
        header = "Measure the whole pipeline with several numbers of stream threads and instances.",
        description = {
            "In turns, each number of instances with each number of threads: on empty topics, until a read_committed"
                    + " consumer has every tally of the rows. The instances share one JVM. Each time the tallies are"
                    + " compared with SQL. The others are compared with the first combination.",
            ""
        })
public final class BenchScaleCommand extends BenchMeasurement {
    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,2,4",
            description = "Stream threads of each instance (default: ${DEFAULT-VALUE}).")
    private List<Integer> threads;

    @Option(
            names = "--instances",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,2",
            description = "Instances of the topologies (default: ${DEFAULT-VALUE}).")
    private List<Integer> instances;

    BenchScaleCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    void validate() {
        requirePositive("--threads", threads);
        requirePositive("--instances", instances);
    }

    @Override
    int measure(Bench bench) {
        return bench.scale(threads, instances);
    }
}
