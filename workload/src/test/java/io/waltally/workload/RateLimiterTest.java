package io.waltally.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void everyTransactionTakesItsShareOfASecond() {
        RateLimiter limiter = new RateLimiter(10, 0);
        assertThat(limiter.afterTransactions(1, 0)).isEqualTo(SECOND / 10);
        assertThat(limiter.afterTransactions(3, SECOND / 10)).isEqualTo(3 * SECOND / 10);
    }

    @Test
    void aWriterThatIsLateCatchesUpOnOneSecondAtMost() {
        RateLimiter limiter = new RateLimiter(10, 0);
        assertThat(limiter.afterTransactions(1, 5 * SECOND)).isZero();
        // One second of debt is ten transactions.
        assertThat(limiter.afterTransactions(10, 5 * SECOND)).isZero();
        assertThat(limiter.afterTransactions(1, 5 * SECOND)).isEqualTo(SECOND / 10);
    }

    @Test
    void rateZeroNeverWaits() {
        assertThat(new RateLimiter(0, 7).afterTransactions(1_000_000, 7)).isZero();
    }
}
