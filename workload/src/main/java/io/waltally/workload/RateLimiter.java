package io.waltally.workload;

import java.util.concurrent.TimeUnit;

/** Spaces a writer's transactions at a steady rate. */
final class RateLimiter {
    private static final long MAX_DEBT = TimeUnit.SECONDS.toNanos(1);

    private final long nanosPerTransaction;
    private long due;

    /** Starts at time {@code now}; the rate is in transactions per second, 0 is unlimited. */
    RateLimiter(double rate, long now) {
        this.nanosPerTransaction = rate == 0 ? 0 : Math.round(1e9 / rate);
        this.due = now;
    }

    /** Nanoseconds to wait at time {@code now}, after that many further transactions. */
    long afterTransactions(long transactions, long now) {
        due += transactions * nanosPerTransaction;
        // A delayed writer catches up on one second at most, so that no burst follows a pause.
        due = Math.max(due, now - MAX_DEBT);
        return Math.max(0, due - now);
    }
}
