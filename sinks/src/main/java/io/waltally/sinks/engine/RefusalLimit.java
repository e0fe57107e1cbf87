package io.waltally.sinks.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** Bounds the number of records that are set aside per minute. Beyond it the table or the program is wrong, not the record. */
final class RefusalLimit {
    /** Records in one minute. */
    static final int PER_MINUTE = 60;

    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Deque<Long> refused = new ArrayDeque<>();

    /**
     * Counts a refused record.
     *
     * @param now {@link System#nanoTime()}
     * @return whether it may be set aside
     */
    boolean permits(long now) {
        while (!refused.isEmpty() && now - refused.getFirst() >= MINUTE_NANOS) {
            refused.removeFirst();
        }
        if (refused.size() >= PER_MINUTE) {
            return false;
        }
        refused.addLast(now);
        return true;
    }
}
