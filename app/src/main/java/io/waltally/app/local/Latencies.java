package io.waltally.app.local;

import java.util.concurrent.atomic.AtomicLongArray;

/** How often which latency was seen, to the millisecond up to two minutes; for several threads. */
final class Latencies {
    private static final int LONGEST_MILLIS = 120_000;

    private final AtomicLongArray counts = new AtomicLongArray(LONGEST_MILLIS + 1);

    /** A longer one counts as two minutes; one before zero, which two clocks may make of it, as zero. */
    void record(long millis) {
        counts.incrementAndGet((int) Math.max(0, Math.min(LONGEST_MILLIS, millis)));
    }

    long count() {
        long count = 0;
        for (int i = 0; i <= LONGEST_MILLIS; i++) {
            count += counts.get(i);
        }
        return count;
    }

    /** The latency that the given fraction of all does not exceed, in milliseconds; 0 if none was recorded. */
    long quantile(double fraction) {
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
