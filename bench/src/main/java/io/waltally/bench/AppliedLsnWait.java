package io.waltally.bench;

import io.waltally.schemas.Lsn;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits until the tallies include a position. */
public final class AppliedLsnWait {
    private final Supplier<Optional<Lsn>> applied;
    private final Duration standstill;
    private final BooleanSupplier stopRequested;

    /**
     * Waits for a pipeline.
     *
     * @param applied the position that its tallies include; empty before the first one
     * @param standstill longest time without progress
     */
    public AppliedLsnWait(Supplier<Optional<Lsn>> applied, Duration standstill, BooleanSupplier stopRequested) {
        this.applied = applied;
        this.standstill = standstill;
        this.stopRequested = stopRequested;
    }

    /**
     * Waits for a position; returns false if it was stopped.
     *
     * @throws BenchmarkException if the pipeline makes no progress
     */
    public boolean await(Lsn end) throws InterruptedException {
        Optional<Lsn> reached = applied.get();
        long progressed = System.nanoTime();
        while (reached.isEmpty() || end.isAfter(reached.get())) {
            if (stopRequested.getAsBoolean()) {
                return false;
            }
            if (System.nanoTime() - progressed > standstill.toNanos()) {
                throw new BenchmarkException("the pipeline makes no progress at "
                        + reached.map(Lsn::toString).orElse("its start") + " of " + end);
            }
            TimeUnit.MILLISECONDS.sleep(1);
            Optional<Lsn> now = applied.get();
            if (!now.equals(reached)) {
                reached = now;
                progressed = System.nanoTime();
            }
        }
        return true;
    }
}
