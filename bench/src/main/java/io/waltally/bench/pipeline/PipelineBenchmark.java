package io.waltally.bench.pipeline;

import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkResult;
import io.waltally.bench.BenchmarkTable;
import io.waltally.bench.capture.CaptureBenchmark;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the whole pipeline beside the contenders of {@link CaptureBenchmark}, in turns. In each round both begin
 * with empty topics and an empty table, and rows are written while capture is stopped. The time of the pipeline runs
 * from the moment when the server starts to stream until a read_committed consumer has all tallies with the last row.
 */
public final class PipelineBenchmark {
    private static final Logger LOG = LoggerFactory.getLogger(PipelineBenchmark.class);
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
        CaptureBenchmark bounds = new CaptureBenchmark(options, target.capture(), stopRequested);
        Map<String, List<Long>> rowsPerSecond = new LinkedHashMap<>();
        try (BenchmarkDatabase database = new BenchmarkDatabase(
                target.capture().capture().database().url(),
                target.capture().admin(),
                BenchmarkTable.of(options.source()))) {
            for (int round = 1; round <= options.rounds(); round++) {
                Optional<Map<String, List<Long>>> speeds = bounds.measure(round, round);
                empty(database);
                Optional<Long> speed = speeds.isPresent() ? measure(database) : Optional.empty();
                if (speed.isEmpty()) {
                    return Optional.empty();
                }
                LOG.info("round {}: {} {} rows/s", round, PIPELINE, speed.get());
                empty(database);
                speeds.get().forEach((name, ofRound) -> add(rowsPerSecond, name, ofRound.get(0)));
                add(rowsPerSecond, PIPELINE, speed.get());
            }
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
        return Optional.of(PipelineBenchmarkResult.of(
                BenchmarkResult.of(options, rowsPerSecond),
                StoreSize.measure(target.stateDirectory(), target.sharedStores()),
                (long) options.rows() * options.rounds()));
    }

    private void empty(BenchmarkDatabase database) throws SQLException {
        database.removeRows();
        target.emptyTopics();
    }

    private static void add(Map<String, List<Long>> rowsPerSecond, String contender, long speed) {
        rowsPerSecond.computeIfAbsent(contender, name -> new ArrayList<>()).add(speed);
    }

    /** Rows per second; empty if it was stopped. */
    private Optional<Long> measure(BenchmarkDatabase database) throws SQLException, InterruptedException {
        try (MeasuredPipeline pipeline =
                new MeasuredPipeline(options, target, target.startTopologies(), database, stopRequested)) {
            Optional<Long> speed = pipeline.awaitStart() ? pipeline.process(options.rows()) : Optional.empty();
            if (speed.isPresent()) {
                pipeline.verify();
                database.dropSlot(target.capture().capture().slot());
            }
            return speed;
        }
    }
}
