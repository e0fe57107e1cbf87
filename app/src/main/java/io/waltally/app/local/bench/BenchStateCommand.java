package io.waltally.app.local.bench;

import io.waltally.app.run.StopSignal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the whole pipeline on few and on many existing rows. */
@Command(
        name = "state",
        header = "Measure the whole pipeline on few and on many existing rows.",
        description = {
            "Processes rows until so many exist, then measures with further ones, until a read_committed consumer has"
                    + " every tally of them. At the end the tallies are compared with SQL. 10,000,000 rows of"
                    + " object_locations take about 10 minutes and 20 GB of disk.",
            ""
        })
public final class BenchStateCommand extends BenchMeasurement {
    @Option(
            names = "--existing",
            paramLabel = "N",
            split = ",",
            defaultValue = "10000,1000000",
            description = "Numbers of existing rows (default: ${DEFAULT-VALUE}).")
    private List<Integer> existing;

    BenchStateCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    void validate() {
        requirePositive("--existing", existing);
    }

    @Override
    int measure(Bench bench) {
        return bench.state(existing);
    }
}
