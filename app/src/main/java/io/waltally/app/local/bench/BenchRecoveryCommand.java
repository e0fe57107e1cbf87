package io.waltally.app.local.bench;

import io.waltally.app.run.StopSignal;
import picocli.CommandLine.Command;

/** Measures the time from a crash to the first change after it. */
@Command(
        name = "recovery",
        header = "Measure how soon capture and topologies recover from kill -9.",
        description = {
            "Writes rows and has them captured and tallied by two processes. Then, in turns, kills one of them, starts it"
                    + " again at once, and waits until a row that was written after the crash is in its topic, or in the"
                    + " tallies. The topologies come back with their local state and without.",
            ""
        })
public final class BenchRecoveryCommand extends BenchMeasurement {
    BenchRecoveryCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    void validate() {
        requireNoConfiguration();
    }

    @Override
    int measure(Bench bench) {
        return bench.recovery();
    }
}
