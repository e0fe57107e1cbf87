package io.waltally.bench;

import io.waltally.schemas.Lsn;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * First {@link CaptureBenchmark}. Then, on empty topics, the whole pipeline: in each round rows are written while capture
 * is stopped, and its time runs from the moment in which the server begins to stream them to capture until a
 * read_committed consumer has all tallies with the last of them.
 */
public final class PipelineBenchmark {
    private static final Logger LOGGER = LoggerFactory.getLogger(PipelineBenchmark.class);
    private static final Duration STANDSTILL = Duration.ofMinutes(10);
    private static final String PIPELINE = "pipeline";

    private final BenchmarkOptions options;
    private final PipelineBenchmarkTarget target;
    private final BooleanSupplier stopRequested;

    /** @param stopRequested ends the run, without a result */
    public PipelineBenchmark(BenchmarkOptions options, PipelineBenchmarkTarget target, BooleanSupplier stopRequested) {
        this.options = options;
        this.target = target;
        this.stopRequested = stopRequested;
    }

    /**
     * Empty if it was asked to stop.
     *
     * @throws BenchmarkException if a contender did not come to the last row, or if the tallies are wrong
     */
    public Optional<PipelineBenchmarkResult> run() {
        Optional<BenchmarkResult> bounds = new CaptureBenchmark(options, target.capture(), stopRequested).run();
        if (bounds.isEmpty()) {
            return Optional.empty();
        }
        try (BenchmarkDatabase database = new BenchmarkDatabase(
                target.capture().capture().database().url(),
                target.capture().admin(),
                BenchmarkTable.of(options.source()))) {
            database.removeRows();
            target.emptyTopics();
            List<Long> rowsPerSecond = measure(database);
            if (rowsPerSecond.size() < options.rounds()) {
                return Optional.empty();
            }
            return Optional.of(PipelineBenchmarkResult.of(
                    bounds.get().with(PIPELINE, rowsPerSecond),
                    StoreSize.measure(target.stateDirectory()),
                    (long) options.rows() * options.rounds()));
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Rows per second of each round; of fewer rounds if it was asked to stop. */
    private List<Long> measure(BenchmarkDatabase database) throws SQLException, InterruptedException {
        List<Long> rowsPerSecond = new ArrayList<>();
        try (Topologies topologies = target.startTopologies()) {
            WaltallyCapture capture = new WaltallyCapture(target.capture());
            capture.snapshot(stopRequested);
            database.awaitInactive(capture.slot());
            boolean goOn = awaitApplied(topologies, Lsn.ZERO);
            while (goOn && rowsPerSecond.size() < options.rounds()) {
                long first = (long) rowsPerSecond.size() * options.rows();
                Lsn written = database.write(first, options.rows(), options.rowsPerTransaction());
                Optional<Long> nanos = measure(database, capture, topologies, written);
                nanos.map(options::rowsPerSecond).ifPresent(speed -> {
                    rowsPerSecond.add(speed);
                    LOGGER.info("round {}: {} {} rows/s", rowsPerSecond.size(), PIPELINE, speed);
                });
                goOn = nanos.isPresent();
            }
            List<String> differences = goOn ? topologies.differences() : List.of();
            if (!differences.isEmpty()) {
                throw new BenchmarkException("the tallies are wrong: " + String.join("; ", differences));
            }
        }
        return rowsPerSecond;
    }

    /** Empty if it was asked to stop. */
    private Optional<Long> measure(
            BenchmarkDatabase database, WaltallyCapture capture, Topologies topologies, Lsn written)
            throws SQLException, InterruptedException {
        Optional<Long> nanos = Optional.empty();
        try (Contender.Reading reading = capture.begin()) {
            while (!database.isActive(capture.slot())) {
                reading.rows();
                if (stopRequested.getAsBoolean()) {
                    return nanos;
                }
            }
            long began = System.nanoTime();
            if (awaitApplied(topologies, written)) {
                nanos = Optional.of(System.nanoTime() - began);
            }
        }
        database.awaitInactive(capture.slot());
        return nanos;
    }

    /** False if it was asked to stop. */
    private boolean awaitApplied(Topologies topologies, Lsn written) throws InterruptedException {
        Optional<Lsn> applied = topologies.applied();
        long progressed = System.nanoTime();
        while (applied.isEmpty() || written.isAfter(applied.get())) {
            if (stopRequested.getAsBoolean()) {
                return false;
            }
            if (System.nanoTime() - progressed > STANDSTILL.toNanos()) {
                throw new BenchmarkException(PIPELINE + " stands still at "
                        + applied.map(Lsn::toString).orElse("its start") + " of " + written);
            }
            TimeUnit.MILLISECONDS.sleep(1);
            Optional<Lsn> now = topologies.applied();
            if (!now.equals(applied)) {
                applied = now;
                progressed = System.nanoTime();
            }
        }
        return true;
    }
}
