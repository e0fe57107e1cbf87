package io.waltally.connectors.capture.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class RetentionGrowthTest {
    private static final int INTERVAL = 5;

    private final RetentionGrowth growth = new RetentionGrowth();

    @Test
    void whatASlotThatStandsStillRetainsGrowsAsFastAsTheWal() {
        watch(0, 60, second -> 1_000 + 20 * second);
        assertThat(growth.bytesPerSecond()).hasValue(20.0);
    }

    @Test
    void theStepsInWhichASlotAdvancesAreNoGrowth() {
        watch(0, 300, second -> 1_000_000 * (second % 15));
        assertThat(growth.bytesPerSecond()).hasValue(0.0);
    }

    @Test
    void aSlotThatFallsBehindInStepsGrowsByTheDifference() {
        watch(0, 300, second -> 100 * second + 1_000_000 * (second % 15));
        assertThat(growth.bytesPerSecond()).hasValue(100.0);
    }

    @Test
    void itIsNegativeWhileCaptureCatchesUp() {
        watch(0, 60, second -> 10_000 - 50 * second);
        assertThat(growth.bytesPerSecond()).hasValue(-50.0);
    }

    @Test
    void itIsUnknownAtTheBeginningAndAfterAGap() {
        assertThat(growth.bytesPerSecond()).isEmpty();
        watch(0, 30, second -> second);
        assertThat(growth.bytesPerSecond()).isEqualTo(Optional.of(1.0));
        growth.clear();
        watch(35, 60, second -> second);
        assertThat(growth.bytesPerSecond()).isEmpty();
    }

    private void watch(int from, int to, LongUnaryOperator bytes) {
        for (int second = from; second <= to; second += INTERVAL) {
            growth.add(TimeUnit.SECONDS.toNanos(second), bytes.applyAsLong(second));
        }
    }
}
