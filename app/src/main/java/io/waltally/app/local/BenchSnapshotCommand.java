package io.waltally.app.local;

import io.waltally.app.run.StopSignal;
import picocli.CommandLine.Command;

/** Snapshots beside a copy of the same table that does nothing with it. */
@Command(
        name = "snapshot",
        header = "Measure the snapshot of a table beside PostgreSQL's COPY of it.",
        description = {
            "Writes rows once and captures them. Then, in turns: 'copy' reads the table with COPY ... TO STDOUT through the"
                    + " JDBC driver and throws it away, 'snapshot' brings it into Kafka exactly once, as the command"
                    + " 'snapshot' does.",
            ""
        })
public final class BenchSnapshotCommand extends BenchMeasurement {
    BenchSnapshotCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    int measure(Bench bench) {
        return bench.snapshot();
    }
}
