package io.waltally.bench.pipeline;

import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkTable;
import io.waltally.bench.pipeline.RecoveryBenchmarkTarget.Part;
import io.waltally.schemas.Lsn;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures and tallies rows, then kills a part of the pipeline, restarts it at once, and waits for the result of a row
 * that was written after the crash.
 */
public final class RecoveryBenchmark {
    private static final Logger LOG = LoggerFactory.getLogger(RecoveryBenchmark.class);
    private static final Duration STANDSTILL = Duration.ofMinutes(5);

    private final BenchmarkOptions options;
    private final RecoveryBenchmarkTarget target;
    private final BooleanSupplier stopRequested;
    private final Map<String, List<Long>> millis = new LinkedHashMap<>();
    private long written;

    /** @param stopRequested ends the run without a result */
    public RecoveryBenchmark(BenchmarkOptions options, RecoveryBenchmarkTarget target, BooleanSupplier stopRequested) {
        this.options = options;
        this.target = target;
        this.stopRequested = stopRequested;
    }

    /**
     * Runs the benchmark.
     *
     * @return empty if it was stopped
     * @throws BenchmarkException if a part does not recover
     */
    public Optional<RecoveryResult> run() {
        BenchmarkTable table = BenchmarkTable.of(options.source());
        try (BenchmarkDatabase database = new BenchmarkDatabase(
                target.capture().capture().database().url(), target.capture().admin(), table)) {
            database.prepare();
            target.start(Part.CAPTURE);
            target.start(Part.TOPOLOGIES);
            LOG.info("writing {} rows, {} per transaction", options.rows(), options.rowsPerTransaction());
            if (!await(write(database, options.rows()), target::applied)) {
                return Optional.empty();
            }
            for (int round = 1; round <= options.rounds(); round++) {
                if (!crash(database, "capture", Part.CAPTURE, () -> {}, target::captured)
                        || !crash(database, "topologies with state", Part.TOPOLOGIES, () -> {}, target::applied)
                        || !crash(
                                database,
                                "topologies without state",
                                Part.TOPOLOGIES,
                                target::forgetState,
                                target::applied)) {
                    return Optional.empty();
                }
            }
            return Optional.of(new RecoveryResult(table.table(), options.rows(), millis));
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Returns false if it was stopped. */
    private boolean crash(
            BenchmarkDatabase database, String name, Part part, Runnable meanwhile, Supplier<Optional<Lsn>> reached)
            throws SQLException, InterruptedException {
        long began = System.nanoTime();
        target.kill(part);
        meanwhile.run();
        Lsn row = write(database, 1);
        target.start(part);
        if (!await(row, reached)) {
            return false;
        }
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        LOG.info("{}: {} ms", name, took);
        millis.computeIfAbsent(name, added -> new ArrayList<>()).add(took);
        return await(row, target::applied);
    }

    private Lsn write(BenchmarkDatabase database, int rows) throws SQLException {
        Lsn end = database.write(written, rows, options.rowsPerTransaction());
        written += rows;
        return end;
    }

    private boolean await(Lsn position, Supplier<Optional<Lsn>> reached) throws InterruptedException {
        Optional<Lsn> last = Optional.empty();
        long progressed = System.nanoTime();
        while (true) {
            if (stopRequested.getAsBoolean()) {
                return false;
            }
            Optional<Lsn> now = reached.get();
            if (now.isPresent() && !position.isAfter(now.get())) {
                return true;
            }
            if (!now.equals(last)) {
                last = now;
                progressed = System.nanoTime();
            } else if (System.nanoTime() - progressed > STANDSTILL.toNanos()) {
                throw new BenchmarkException("makes no progress at "
                        + now.map(Lsn::toString).orElse("no position") + ", before " + position);
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }
}
