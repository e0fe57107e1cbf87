package io.waltally.bench.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class PageBenchmarkResultTest {
    @Test
    void theCostIsThatOfTheMediansOfWarmRounds() {
        PageBenchmarkResult result = PageBenchmarkResult.of(
                "bsos", 60_000, 50, List.of(9_000L, 1_100L, 1_000L, 900L), List.of(1L, 1_040L, 5_000L, 1_020L));
        assertThat(result.cost()).isCloseTo(0.04, within(1e-9));
        assertThat(result.text())
                .contains("60,000 rows of bsos, 3 warm rounds", "with 50 clients", "it takes 4.0 % longer");
    }

    @Test
    void ofAnEvenNumberOfRoundsTheMedianIsBetweenTheMiddleOnes() {
        PageBenchmarkResult result =
                PageBenchmarkResult.of("bsos", 1, 1, List.of(1L, 100L, 300L), List.of(1L, 200L, 200L));
        assertThat(result.cost()).isZero();
    }
}
