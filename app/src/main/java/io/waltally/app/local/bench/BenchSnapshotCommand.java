package io.waltally.app.local.bench;

import io.waltally.app.run.StopSignal;
import picocli.CommandLine.Command;

/** Measures snapshots, beside a COPY of the same table. */
@Command(
        name = "snapshot",
        header = "Measure the snapshot of a table beside PostgreSQL's COPY of it.",
        description = {
            "Writes rows once and captures them. Then, in turns: 'copy' reads the table with COPY ... TO STDOUT through the"
                    + " JDBC driver and discards it, 'snapshot' writes it to Kafka exactly once, as the command"
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
