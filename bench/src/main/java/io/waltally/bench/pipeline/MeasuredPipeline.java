package io.waltally.bench.pipeline;

import io.waltally.bench.AppliedLsnWait;
import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.capture.MeasuredReader;
import io.waltally.bench.capture.WaltallyCapture;
import io.waltally.schemas.Lsn;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Capture and running topologies for one database. Rows are written while capture is stopped. */
final class MeasuredPipeline implements AutoCloseable {
    private static final Duration STANDSTILL = Duration.ofMinutes(10);

    private final BenchmarkOptions options;
    private final Topologies topologies;
    private final BenchmarkDatabase database;
    private final WaltallyCapture capture;
    private final BooleanSupplier stopRequested;
    private final AppliedLsnWait applied;
    private long written;

    /** @param topologies closed together with this pipeline */
    MeasuredPipeline(
            BenchmarkOptions options,
            PipelineBenchmarkTarget target,
            Topologies topologies,
            BenchmarkDatabase database,
            BooleanSupplier stopRequested) {
        this.options = options;
        this.topologies = topologies;
        this.database = database;
        this.capture = new WaltallyCapture(target.capture());
        this.stopRequested = stopRequested;
        this.applied = new AppliedLsnWait(topologies::applied, STANDSTILL, stopRequested);
    }

    /** Captures the tables as they are, and waits until the tallies include them; returns false if it was stopped. */
    boolean awaitStart() throws SQLException, InterruptedException {
        capture.snapshot(stopRequested);
        database.awaitInactive(capture.slot());
        return applied.await(Lsn.ZERO);
    }

    /**
     * Writes rows, then captures them, until a read_committed consumer has all tallies with the last of them.
     *
     * @return rows per second since the server started to stream; empty if it was stopped
     */
    Optional<Long> process(int rows) throws SQLException, InterruptedException {
        Lsn end = database.write(written, rows, options.rowsPerTransaction());
        written += rows;
        Optional<Long> speed = Optional.empty();
        try (MeasuredReader.Reading reading = capture.begin()) {
            while (!database.isActive(capture.slot())) {
                reading.rows();
                if (stopRequested.getAsBoolean()) {
                    return speed;
                }
            }
            long began = System.nanoTime();
            if (applied.await(end)) {
                speed = Optional.of(BenchmarkOptions.rowsPerSecond(rows, System.nanoTime() - began));
            }
        }
        database.awaitInactive(capture.slot());
        return speed;
    }

    /** Number of rows written so far. */
    long written() {
        return written;
    }

    /** @throws BenchmarkException if the tallies differ from SQL */
    void verify() {
        List<String> differences = topologies.differences();
        if (!differences.isEmpty()) {
            throw new BenchmarkException("the tallies are wrong: " + String.join("; ", differences));
        }
    }

    @Override
    public void close() {
        topologies.close();
    }
}
