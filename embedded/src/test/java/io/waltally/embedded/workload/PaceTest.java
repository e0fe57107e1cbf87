package io.waltally.embedded.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void everyTransactionTakesItsShareOfASecond() {
        Pace pace = new Pace(10, 0);
        assertThat(pace.afterTransactions(1, 0)).isEqualTo(SECOND / 10);
        assertThat(pace.afterTransactions(3, SECOND / 10)).isEqualTo(3 * SECOND / 10);
    }

    @Test
    void aWriterThatIsLateCatchesUpOnOneSecondAtMost() {
        Pace pace = new Pace(10, 0);
        assertThat(pace.afterTransactions(1, 5 * SECOND)).isZero();
        // One second of debt is ten transactions.
        assertThat(pace.afterTransactions(10, 5 * SECOND)).isZero();
        assertThat(pace.afterTransactions(1, 5 * SECOND)).isEqualTo(SECOND / 10);
    }

    @Test
    void rateZeroNeverWaits() {
        assertThat(new Pace(0, 7).afterTransactions(1_000_000, 7)).isZero();
    }
}
