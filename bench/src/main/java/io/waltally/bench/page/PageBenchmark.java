package io.waltally.bench.page;

import io.waltally.bench.AppliedLsnWait;
import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkTable;
import io.waltally.bench.page.PageBenchmarkResult.Times;
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
 * Measures what followers of the events cost. Each round writes rows twice, with clients and without, the one first in
 * one round and the other in the next. The time runs from the first commit until everything is in the tallies.
 */
public final class PageBenchmark {
    private static final Logger LOG = LoggerFactory.getLogger(PageBenchmark.class);
    private static final Duration STANDSTILL = Duration.ofMinutes(5);

    private final BenchmarkOptions options;
    private final int clients;
    private final Duration pause;
    private final PageBenchmarkTarget target;
    private final BooleanSupplier stopRequested;
    private final AppliedLsnWait applied;
    private final List<Times> with = new ArrayList<>();
    private final List<Times> without = new ArrayList<>();
    private long written;

    /**
     * @param clients that follow the events
     * @param pause before each measurement, so that an instance whose last client has gone no longer watches
     * @param stopRequested ends the run without a result
     */
    public PageBenchmark(
            BenchmarkOptions options,
            int clients,
            Duration pause,
            PageBenchmarkTarget target,
            BooleanSupplier stopRequested) {
        this.options = options;
        this.clients = clients;
        this.pause = pause;
        this.target = target;
        this.stopRequested = stopRequested;
        this.applied = new AppliedLsnWait(target::applied, STANDSTILL, stopRequested);
    }

    /**
     * Runs the benchmark.
     *
     * @return empty if it was stopped
     * @throws BenchmarkException if the pipeline makes no progress
     */
    public Optional<PageBenchmarkResult> run() {
        BenchmarkTable table = BenchmarkTable.of(options.source());
        try (BenchmarkDatabase database = new BenchmarkDatabase(target.url(), target.admin(), table)) {
            database.prepare();
            for (int round = 1; round <= options.rounds(); round++) {
                boolean clientsFirst = round % 2 == 0;
                if (!measure(database, clientsFirst) || !measure(database, !clientsFirst)) {
                    return Optional.empty();
                }
            }
            return Optional.of(PageBenchmarkResult.of(table.table(), options.rows(), clients, without, with));
        } catch (SQLException e) {
            throw new BenchmarkException("PostgreSQL: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Returns false if it was stopped. */
    private boolean measure(BenchmarkDatabase database, boolean followed) throws SQLException, InterruptedException {
        long rested = System.nanoTime() + pause.toNanos();
        while (System.nanoTime() < rested) {
            if (stopRequested.getAsBoolean()) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        if (!followed) {
            return time(database, without, "without clients");
        }
        PageBenchmarkTarget.Clients following = target.open(clients);
        try {
            return time(database, with, "with " + clients + " clients");
        } finally {
            following.close();
        }
    }

    private boolean time(BenchmarkDatabase database, List<Times> times, String name)
            throws SQLException, InterruptedException {
        long began = System.nanoTime();
        Duration cpuBefore = cpu();
        Lsn end = database.writeWithoutCheckpoint(written, options.rows(), options.rowsPerTransaction());
        written += options.rows();
        if (!applied.await(end)) {
            return false;
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        long cpuMillis = cpu().minus(cpuBefore).toMillis();
        LOG.info("{}: {} ms, {} ms of CPU", name, millis, cpuMillis);
        times.add(new Times(millis, cpuMillis));
        return true;
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
