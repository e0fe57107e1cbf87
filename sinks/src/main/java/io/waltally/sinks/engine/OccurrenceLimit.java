package io.waltally.sinks.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Bounds how often something may occur within a span of time. Used by one thread. */
final class OccurrenceLimit {
    private final int limit;
    private final long windowNanos;
    private final Deque<Long> permitted = new ArrayDeque<>();

    OccurrenceLimit(int limit, Duration window) {
        this.limit = limit;
        windowNanos = window.toNanos();
    }

    int limit() {
        return limit;
    }

    /**
     * Counts an occurrence, unless it is one too many.
     *
     * @param now {@link System#nanoTime()}
     * @return whether it is within the limit
     */
    boolean permits(long now) {
        if (isExhausted(now)) {
            return false;
        }
        permitted.addLast(now);
        return true;
    }

    /** Whether no further occurrence would be within the limit now. */
    boolean isExhausted(long now) {
        while (!permitted.isEmpty() && now - permitted.getFirst() >= windowNanos) {
            permitted.removeFirst();
        }
        return permitted.size() >= limit;
    }
}
