package io.waltally.webhooks.deliver;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counters, and the last attempts, that delivery threads write and others read. */
final class EndpointMeasures {
    private static final int RECENT = 20;

    private final LongAdder delivered = new LongAdder();
    private final LongAdder failedAttempts = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private final LongAdder dead = new LongAdder();
    private final LatencyHistogram firstAttempt = new LatencyHistogram();
    private final LatencyHistogram success = new LatencyHistogram();
    private final Deque<RecentAttempt> recent = new ArrayDeque<>();

    void attempted(int failedBefore, Duration sinceCommit) {
        if (failedBefore == 0) {
            firstAttempt.add(sinceCommit);
        } else {
            retries.increment();
        }
    }

    void delivered(Duration sinceCommit) {
        delivered.increment();
        success.add(sinceCommit);
    }

    /** @param events of the request */
    void failed(int events) {
        failedAttempts.add(events);
    }

    void ended(RecentAttempt attempt) {
        synchronized (recent) {
            if (recent.size() == RECENT) {
                recent.removeLast();
            }
            recent.addFirst(attempt);
        }
    }

    /** The latest one first. */
    List<RecentAttempt> recent() {
        synchronized (recent) {
            return List.copyOf(recent);
        }
    }

    void dead() {
        dead.increment();
    }

    EndpointCounts read() {
        return new EndpointCounts(
                delivered.sum(), failedAttempts.sum(), retries.sum(), dead.sum(), firstAttempt.read(), success.read());
    }
}
