package io.waltally.embedded.workload;

import java.util.concurrent.TimeUnit;

/** When a writer's next transaction is due, at a steady rate. */
final class Pace {
    private static final long LONGEST_DEBT = TimeUnit.SECONDS.toNanos(1);

    private final long nanosPerTransaction;
    private long due;

    /** Starts at time {@code now}; the rate is in transactions per second, 0 is as fast as possible. */
    Pace(double rate, long now) {
        this.nanosPerTransaction = rate == 0 ? 0 : Math.round(1e9 / rate);
        this.due = now;
    }

    /** Nanoseconds to wait at time {@code now}, after so many transactions more. */
    long afterTransactions(long transactions, long now) {
        due += transactions * nanosPerTransaction;
        // A writer that was held up catches up on a second at most, so that a pause is not followed by a burst.
        due = Math.max(due, now - LONGEST_DEBT);
        return Math.max(0, due - now);
    }
}
