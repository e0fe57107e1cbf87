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
 * Measures the whole pipeline with several numbers of stream threads and instances, in turns, each time on empty
 * topics. Rows are written while capture is stopped.
 */
public final class ScaleBenchmark {
    private static final Logger LOG = LoggerFactory.getLogger(ScaleBenchmark.class);

    private final BenchmarkOptions options;
    private final List<Scale> scales;
    private final PipelineBenchmarkTarget target;
    private final BooleanSupplier stopRequested;

    /**
     * @param scales to measure; all are compared with the first one
     * @param stopRequested ends the run without a result
     */
    public ScaleBenchmark(
            BenchmarkOptions options,
            List<Scale> scales,
            PipelineBenchmarkTarget target,
            BooleanSupplier stopRequested) {
        this.options = options;
        this.scales = List.copyOf(scales);
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
            for (int round = 1; round <= options.rounds(); round++) {
                for (Scale scale : scales) {
                    Optional<Long> speed = measure(database, scale);
                    if (speed.isEmpty()) {
                        return Optional.empty();
                    }
                    LOG.info("round {}: {} {} rows/s", round, scale.name(), speed.get());
                    rowsPerSecond
                            .computeIfAbsent(scale.name(), name -> new ArrayList<>())
                            .add(speed.get());
                }
            }
            return Optional.of(BenchmarkResult.comparedWithFirst(options, rowsPerSecond));
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Rows per second; empty if it was stopped. */
    private Optional<Long> measure(BenchmarkDatabase database, Scale scale) throws SQLException, InterruptedException {
        database.removeRows();
        target.emptyTopics();
        try (MeasuredPipeline pipeline = new MeasuredPipeline(
                options, target, target.startTopologies(scale.threads(), scale.instances()), database, stopRequested)) {
            if (!pipeline.awaitStart()) {
                return Optional.empty();
            }
            Optional<Long> speed = pipeline.process(options.rows());
            if (speed.isPresent()) {
                pipeline.verify();
            }
            return speed;
        } finally {
            database.dropSlot(target.capture().capture().slot());
        }
    }

    /**
     * Numbers of threads and instances.
     *
     * @param threads stream threads of each instance
     */
    public record Scale(int threads, int instances) {
        public Scale {
            BenchmarkOptions.require("threads", threads, 1);
            BenchmarkOptions.require("instances", instances, 1);
        }

        String name() {
            return instances + "_instance" + (instances == 1 ? "_" : "s_") + threads + "_thread"
                    + (threads == 1 ? "" : "s");
        }
    }
}
