package io.waltally.bench.pipeline;

import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkResult;
import io.waltally.bench.BenchmarkTable;
import io.waltally.bench.capture.CaptureBenchmark;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs {@link CaptureBenchmark}, then measures the whole pipeline on empty topics. In each round rows are written while
 * capture is stopped. The time runs from the moment when the server starts to stream until a read_committed consumer
 * has all tallies with the last row.
 */
public final class PipelineBenchmark {
    private static final Logger LOGGER = LoggerFactory.getLogger(PipelineBenchmark.class);
    private static final String PIPELINE = "pipeline";

    private final BenchmarkOptions options;
    private final PipelineBenchmarkTarget target;
    private final BooleanSupplier stopRequested;

    /** @param stopRequested ends the run without a result */
    public PipelineBenchmark(BenchmarkOptions options, PipelineBenchmarkTarget target, BooleanSupplier stopRequested) {
        this.options = options;
        this.target = target;
        this.stopRequested = stopRequested;
    }

    /**
     * Runs the benchmark.
     *
     * @return empty if it was stopped
     * @throws BenchmarkException if a contender did not finish, or if the tallies are wrong
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
                    StoreSize.measure(target.stateDirectory(), target.sharedStores()),
                    (long) options.rows() * options.rounds()));
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Rows per second of each round; of fewer rounds if it was stopped. */
    private List<Long> measure(BenchmarkDatabase database) throws SQLException, InterruptedException {
        List<Long> rowsPerSecond = new ArrayList<>();
        try (MeasuredPipeline pipeline =
                new MeasuredPipeline(options, target, target.startTopologies(), database, stopRequested)) {
            boolean goOn = pipeline.awaitStart();
            while (goOn && rowsPerSecond.size() < options.rounds()) {
                Optional<Long> speed = pipeline.process(options.rows());
                speed.ifPresent(rowsPerSecond::add);
                LOGGER.info("round {}: {} {} rows/s", rowsPerSecond.size(), PIPELINE, speed.orElse(0L));
                goOn = speed.isPresent();
            }
            if (goOn) {
                pipeline.verify();
            }
        }
        return rowsPerSecond;
    }
}
