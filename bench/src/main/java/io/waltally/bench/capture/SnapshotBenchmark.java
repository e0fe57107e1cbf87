package io.waltally.bench.capture;

import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkResult;
import io.waltally.bench.BenchmarkTable;
import io.waltally.bench.capture.WaltallyCapture.Capturing;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows once, captures them, then reads the table in turns: with {@code COPY … TO STDOUT} through the JDBC
 * driver, discarding the rows, and with a snapshot on command, exactly once into Kafka.
 */
public final class SnapshotBenchmark {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotBenchmark.class);

    private final BenchmarkOptions options;
    private final CaptureBenchmarkTarget target;
    private final BenchmarkTable table;
    private final BooleanSupplier stopRequested;

    /** @param stopRequested ends the run without a result */
    public SnapshotBenchmark(BenchmarkOptions options, CaptureBenchmarkTarget target, BooleanSupplier stopRequested) {
        this.options = options;
        this.target = target;
        this.table = BenchmarkTable.of(options.source());
        this.stopRequested = stopRequested;
    }

    /**
     * Runs the benchmark.
     *
     * @return empty if it was stopped
     * @throws BenchmarkException if the table cannot be read completely
     */
    public Optional<BenchmarkResult> run() {
        String url = target.capture().database().url();
        try (BenchmarkDatabase database = new BenchmarkDatabase(url, target.admin(), table)) {
            database.prepare();
            LOG.info("writing {} rows, {} per transaction", options.rows(), options.rowsPerTransaction());
            database.write(0, options.rows(), options.rowsPerTransaction());
            try (Capturing capturing = new WaltallyCapture(target).begin()) {
                return awaitStreaming(capturing) ? measure(capturing, url) : Optional.empty();
            }
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private Optional<BenchmarkResult> measure(Capturing capturing, String url)
            throws SQLException, InterruptedException {
        List<Long> copies = new ArrayList<>();
        List<Long> snapshots = new ArrayList<>();
        for (int round = 1; round <= options.rounds(); round++) {
            long began = System.nanoTime();
            copy(url);
            copies.add(options.rowsPerSecond(System.nanoTime() - began));
            began = System.nanoTime();
            capturing.capture().snapshot(table.table(), List.of(), List.of());
            if (!awaitStreaming(capturing)) {
                return Optional.empty();
            }
            snapshots.add(options.rowsPerSecond(System.nanoTime() - began));
            LOG.info(
                    "round {}: copy {} rows/s, snapshot {} rows/s",
                    round,
                    copies.get(copies.size() - 1),
                    snapshots.get(snapshots.size() - 1));
        }
        Map<String, List<Long>> readings = new LinkedHashMap<>();
        readings.put("copy", copies);
        readings.put("snapshot", snapshots);
        return Optional.of(BenchmarkResult.of(options, readings));
    }

    /** Waits until no table is being read; returns false if it was stopped. */
    private boolean awaitStreaming(Capturing capturing) throws InterruptedException {
        while (!capturing.streams()) {
            if (stopRequested.getAsBoolean()) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
        capturing.capture().status().failedSnapshots().forEach(failed -> {
            throw new BenchmarkException("the snapshot of " + failed.table() + " failed: " + failed.reason());
        });
        return true;
    }

    private void copy(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, target.admin(), "")) {
            long rows = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY public." + table.table() + " TO STDOUT", OutputStream.nullOutputStream());
            if (rows != options.rows()) {
                throw new BenchmarkException("copied " + rows + " rows, but " + options.rows() + " were written");
            }
        } catch (IOException e) {
            throw new BenchmarkException("cannot copy table " + table.table() + ": " + e.getMessage(), e);
        }
    }
}
