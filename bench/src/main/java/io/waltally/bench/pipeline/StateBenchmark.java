package io.waltally.bench.pipeline;

import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkResult;
import io.waltally.bench.BenchmarkTable;
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
 * Measures the whole pipeline on growing state: processes rows until a number of them exists, then measures further
 * ones.
 */
public final class StateBenchmark {
    private static final Logger LOG = LoggerFactory.getLogger(StateBenchmark.class);

    /** Existing rows are written in chunks, so that the WAL that waits for capture stays small. */
    private static final int CHUNK = 1_000_000;

    private final BenchmarkOptions options;
    private final List<Integer> existing;
    private final PipelineBenchmarkTarget target;
    private final BooleanSupplier stopRequested;

    /**
     * @param existing numbers of existing rows; each speed is compared with that on the smallest number
     * @param stopRequested ends the run without a result
     */
    public StateBenchmark(
            BenchmarkOptions options,
            List<Integer> existing,
            PipelineBenchmarkTarget target,
            BooleanSupplier stopRequested) {
        existing.forEach(rows -> BenchmarkOptions.require("existing", rows, 1));
        this.options = options;
        this.existing = existing.stream().sorted().toList();
        this.target = target;
        this.stopRequested = stopRequested;
    }

    /**
     * Runs the benchmark.
     *
     * @return empty if it was stopped
     * @throws BenchmarkException if the topologies did not finish, or if the tallies are wrong
     */
    public Optional<BenchmarkResult> run() {
        try (BenchmarkDatabase database = new BenchmarkDatabase(
                target.capture().capture().database().url(),
                target.capture().admin(),
                BenchmarkTable.of(options.source()))) {
            database.prepare();
            Map<String, List<Long>> rowsPerSecond = new LinkedHashMap<>();
            try (MeasuredPipeline pipeline =
                    new MeasuredPipeline(options, target, target.startTopologies(), database, stopRequested)) {
                boolean goOn = pipeline.awaitStart();
                for (int i = 0; goOn && i < existing.size(); i++) {
                    String name = "on_" + existing.get(i) + "_rows";
                    List<Long> speeds = new ArrayList<>();
                    goOn = fill(pipeline, existing.get(i)) && measure(pipeline, name, speeds);
                    rowsPerSecond.put(name, speeds);
                }
                if (!goOn) {
                    return Optional.empty();
                }
                pipeline.verify();
            }
            return Optional.of(BenchmarkResult.comparedWithFirst(options, rowsPerSecond));
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Returns false if it was stopped. */
    private boolean fill(MeasuredPipeline pipeline, int rows) throws SQLException, InterruptedException {
        while (pipeline.written() < rows) {
            if (pipeline.process((int) Math.min(CHUNK, rows - pipeline.written()))
                    .isEmpty()) {
                return false;
            }
            LOG.info("{} rows exist", pipeline.written());
        }
        return true;
    }

    /** Returns false if it was stopped. */
    private boolean measure(MeasuredPipeline pipeline, String name, List<Long> rowsPerSecond)
            throws SQLException, InterruptedException {
        for (int round = 1; round <= options.rounds(); round++) {
            Optional<Long> speed = pipeline.process(options.rows());
            if (speed.isEmpty()) {
                return false;
            }
            LOG.info("round {}: {} {} rows/s", round, name, speed.get());
            rowsPerSecond.add(speed.get());
        }
        return true;
    }
}
