package io.waltally.sinks.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** Tells single wrong records from a table or a program that is wrong: then nothing more is set aside. */
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
