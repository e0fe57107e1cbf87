package io.waltally.app.local;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * A histogram of latencies up to two minutes, with a resolution of a millisecond up to two seconds, and of 0.1 %
 * beyond. Thread-safe.
 */
public final class Latencies {
    private static final int MAX_MILLIS = 120_000;
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final double HUNDRED = 100;

    private final Histogram millis = new ConcurrentHistogram(MAX_MILLIS, SIGNIFICANT_DIGITS);

    /** Records a latency. A longer one counts as two minutes; a negative one, which two clocks may yield, as zero. */
    public void record(long latency) {
        millis.recordValue(Math.max(0, Math.min(MAX_MILLIS, latency)));
    }

    public long count() {
        return millis.getTotalCount();
    }

    /** The latency in milliseconds that the given fraction of all does not exceed; 0 if none was recorded. */
    public long quantile(double fraction) {
        return Math.min(MAX_MILLIS, millis.getValueAtPercentile(fraction * HUNDRED));
    }
}
