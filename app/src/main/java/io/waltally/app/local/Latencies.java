package io.waltally.app.local;

import java.util.concurrent.atomic.AtomicLongArray;

/** A histogram of latencies with a resolution of a millisecond, up to two minutes. Thread-safe. */
public final class Latencies {
    private static final int LONGEST_MILLIS = 120_000;

    private final AtomicLongArray counts = new AtomicLongArray(LONGEST_MILLIS + 1);

    /** Records a latency. A longer one counts as two minutes; a negative one, which two clocks may yield, as zero. */
    public void record(long millis) {
        counts.incrementAndGet((int) Math.max(0, Math.min(LONGEST_MILLIS, millis)));
    }

    public long count() {
        long count = 0;
        for (int i = 0; i <= LONGEST_MILLIS; i++) {
            count += counts.get(i);
        }
        return count;
    }

    /** The latency in milliseconds that the given fraction of all does not exceed; 0 if none was recorded. */
    public long quantile(double fraction) {
        long rank = (long) Math.ceil(count() * fraction);
        long seen = 0;
        for (int millis = 0; millis <= LONGEST_MILLIS; millis++) {
            seen += counts.get(millis);
            if (seen >= rank && seen > 0) {
                return millis;
            }
        }
        return 0;
    }
}
