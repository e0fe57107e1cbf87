package io.waltally.bench.capture;

import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkResult;
import io.waltally.bench.BenchmarkTable;
import io.waltally.bench.capture.MeasuredReader.Reading;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows once, then lets each contender in turn read that WAL from its own slot. Measures from the moment when the
 * server starts to stream, or when the contender's warm-up is over, until the contender has finished the last row.
 */
public final class CaptureBenchmark {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureBenchmark.class);
    private static final Duration STANDSTILL = Duration.ofMinutes(1);

    /** A slot that nobody reads; those of the contenders are copies of it. */
    private static final String ORIGIN = "bench_origin";

    private final BenchmarkOptions options;
    private final CaptureBenchmarkTarget target;
    private final BenchmarkTable table;
    private final BooleanSupplier stopRequested;

    /** @param stopRequested ends the run without a result */
    public CaptureBenchmark(BenchmarkOptions options, CaptureBenchmarkTarget target, BooleanSupplier stopRequested) {
        this.options = options;
        this.target = target;
        this.table = BenchmarkTable.of(options.source());
        this.stopRequested = stopRequested;
    }

    /**
     * Runs the benchmark.
     *
     * @return empty if it was stopped
     * @throws BenchmarkException if a contender did not finish
     */
    public Optional<BenchmarkResult> run() {
        return measure(1, options.rounds()).map(speeds -> BenchmarkResult.of(options, speeds));
    }

    /**
     * Measures some rounds, on topics without records.
     *
     * @return rows per second by contender, of each round; empty if it was stopped
     * @throws BenchmarkException if a contender did not finish
     */
    public Optional<Map<String, List<Long>>> measure(int firstRound, int lastRound) {
        try (BenchmarkDatabase database =
                new BenchmarkDatabase(target.capture().database().url(), target.admin(), table)) {
            WaltallyCapture capture = new WaltallyCapture(target);
            List<MeasuredReader> contenders = new ArrayList<>();
            contenders.add(new PgoutputDrain(database, target.capture().publication()));
            contenders.add(new EngineDrain(target.capture(), table.topic()));
            options.debeziumServer()
                    .ifPresent(server -> contenders.add(new DebeziumServerDrain(
                            server, target.capture(), target.kafka().properties(), table.table())));
            contenders.add(capture);
            database.prepare();
            capture.snapshot(stopRequested);
            database.awaitInactive(capture.slot());
            database.copySlot(capture.slot(), ORIGIN);
            database.dropSlot(capture.slot());

            LOG.info("writing {} rows, {} per transaction", options.rows(), options.rowsPerTransaction());
            database.write(0, options.rows(), options.rowsPerTransaction());
            Optional<Map<String, List<Long>>> speeds = measure(database, contenders, firstRound, lastRound);
            database.dropSlot(ORIGIN);
            return speeds;
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private Optional<Map<String, List<Long>>> measure(
            BenchmarkDatabase database, List<MeasuredReader> contenders, int firstRound, int lastRound)
            throws SQLException, InterruptedException {
        Map<String, List<Long>> rowsPerSecond = new LinkedHashMap<>();
        for (int round = firstRound; round <= lastRound; round++) {
            for (MeasuredReader contender : contenders) {
                Optional<Long> speed = measure(database, contender);
                if (speed.isEmpty()) {
                    return Optional.empty();
                }
                LOG.info("round {}: {} {} rows/s", round, contender.name(), speed.get());
                rowsPerSecond
                        .computeIfAbsent(contender.name(), name -> new ArrayList<>())
                        .add(speed.get());
            }
        }
        return Optional.of(rowsPerSecond);
    }

    /** Rows per second; empty if it was stopped. */
    private Optional<Long> measure(BenchmarkDatabase database, MeasuredReader contender)
            throws SQLException, InterruptedException {
        database.copySlot(ORIGIN, contender.slot());
        long nanos;
        long counted;
        try (Reading reading = contender.start()) {
            while (!database.isActive(contender.slot())) {
                reading.rows();
                if (stopRequested.getAsBoolean()) {
                    return Optional.empty();
                }
            }
            int warmUp = contender.warmUp(options.rows());
            if (!read(contender, reading, warmUp)) {
                return Optional.empty();
            }
            long began = System.nanoTime();
            counted = options.rows() - (warmUp == 0 ? 0 : reading.rows());
            if (!read(contender, reading, options.rows())) {
                return Optional.empty();
            }
            nanos = System.nanoTime() - began;
        }
        database.awaitInactive(contender.slot());
        database.dropSlot(contender.slot());
        return Optional.of(BenchmarkOptions.rowsPerSecond(counted, nanos));
    }

    /** Returns false if it was stopped. */
    private boolean read(MeasuredReader contender, Reading reading, int until) throws InterruptedException {
        long seen = 0;
        long progressed = System.nanoTime();
        while (seen < until) {
            if (stopRequested.getAsBoolean()) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(1);
            long rows = reading.rows();
            if (rows > seen) {
                seen = rows;
                progressed = System.nanoTime();
            } else if (System.nanoTime() - progressed > STANDSTILL.toNanos()) {
                throw new BenchmarkException(
                        contender.name() + " makes no progress at row " + seen + " of " + options.rows());
            }
        }
        if (seen > options.rows()) {
            throw new BenchmarkException(
                    contender.name() + " read " + seen + " rows, but " + options.rows() + " were written");
        }
        return true;
    }
}
