package io.waltally.webhooks.deliver;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * A histogram of latencies, with buckets from 10 ms to a day for Prometheus, and finer ones for quantiles. Thread-safe.
 */
final class LatencyHistogram {
    private static final double[] BOUNDS = {
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        30,
        60,
        300,
        1_800,
        3_600,
        21_600,
        86_400,
        Double.POSITIVE_INFINITY
    };
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double MICROS_PER_SECOND = 1e6;

    /** Values are distinguished if they differ by 1 %. */
    private static final int SIGNIFICANT_DIGITS = 2;

    private final List<LongAdder> buckets = new ArrayList<>();
    private final DoubleAdder sum = new DoubleAdder();

    /** In microseconds. Grows with the largest value: to 28 KB for a day. */
    private final Histogram fine = new ConcurrentHistogram(SIGNIFICANT_DIGITS);

    LatencyHistogram() {
        for (int i = 0; i < BOUNDS.length; i++) {
            buckets.add(new LongAdder());
        }
    }

    void add(Duration latency) {
        double seconds = Math.max(0, latency.toNanos() / NANOS_PER_SECOND);
        int bucket = 0;
        while (seconds > BOUNDS[bucket]) {
            bucket++;
        }
        buckets.get(bucket).increment();
        sum.add(seconds);
        fine.recordValue(Math.round(seconds * MICROS_PER_SECOND));
    }

    LatencySnapshot read() {
        List<LatencySnapshot.Bucket> read = new ArrayList<>();
        for (int i = 0; i < BOUNDS.length; i++) {
            read.add(new LatencySnapshot.Bucket(BOUNDS[i], buckets.get(i).sum()));
        }
        return new LatencySnapshot(read, sum.sum(), quantiles());
    }

    private Optional<LatencySnapshot.Quantiles> quantiles() {
        return fine.getTotalCount() == 0
                ? Optional.empty()
                : Optional.of(new LatencySnapshot.Quantiles(percentile(50), percentile(99)));
    }

    private double percentile(double percentile) {
        return fine.getValueAtPercentile(percentile) / MICROS_PER_SECOND;
    }
}
