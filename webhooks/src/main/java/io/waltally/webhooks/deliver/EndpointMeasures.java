package io.waltally.webhooks.deliver;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** Counters that delivery threads write and others read. */
final class EndpointMeasures {
    private final LongAdder delivered = new LongAdder();
    private final LongAdder failedAttempts = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private final LongAdder dead = new LongAdder();
    private final LatencyHistogram firstAttempt = new LatencyHistogram();
    private final LatencyHistogram success = new LatencyHistogram();

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

    void failed() {
        failedAttempts.increment();
    }

    void dead() {
        dead.increment();
    }

    EndpointCounts read() {
        return new EndpointCounts(
                delivered.sum(), failedAttempts.sum(), retries.sum(), dead.sum(), firstAttempt.read(), success.read());
    }
}
