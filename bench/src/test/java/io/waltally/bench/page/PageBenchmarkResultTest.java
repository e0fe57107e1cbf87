package io.waltally.bench.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class PageBenchmarkResultTest {
    @Test
    void theCostIsThatOfTheMediansOfWarmRounds() {
        PageBenchmarkResult result = PageBenchmarkResult.of(
                "bsos",
                60_000,
                50,
                List.of(times(9_000, 1), times(1_100, 2_000), times(1_000, 2_000), times(900, 2_000)),
                List.of(times(1, 9_000), times(1_040, 2_020), times(5_000, 2_020), times(1_020, 9_000)));
        assertThat(result.cost()).isCloseTo(0.04, within(1e-9));
        assertThat(result.cpuCost()).isCloseTo(0.01, within(1e-9));
        assertThat(result.text())
                .contains(
                        "60,000 rows of bsos, 3 warm rounds",
                        "with 50 clients",
                        "it takes 4.0 % longer, and 1.0 % more CPU");
    }

    @Test
    void ofAnEvenNumberOfRoundsTheMedianIsBetweenTheMiddleOnes() {
        PageBenchmarkResult result = PageBenchmarkResult.of(
                "bsos",
                1,
                1,
                List.of(times(1, 1), times(100, 1), times(300, 1)),
                List.of(times(1, 1), times(200, 1), times(200, 1)));
        assertThat(result.cost()).isZero();
    }

    private static PageBenchmarkResult.Times times(long millis, long cpuMillis) {
        return new PageBenchmarkResult.Times(millis, cpuMillis);
    }
}
