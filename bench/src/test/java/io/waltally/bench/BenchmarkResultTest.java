package io.waltally.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.bench.BenchmarkResult.Ratio;
import io.waltally.schemas.Source;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchmarkResultTest {
    private static final BenchmarkOptions OPTIONS = new BenchmarkOptions(Source.S3, 500, 10, 4, Optional.empty());

    @Test
    void theFirstReadingIsColdAndTheMedianOfTheOthersWarm() {
        var speed = result(List.of(10L, 70L, 30L, 40L)).contenders().get("drain");
        assertThat(speed.cold()).isEqualTo(10);
        assertThat(speed.warm()).containsExactly(70L, 30L, 40L);
        assertThat(speed.warmMedian()).isEqualTo(40);
        assertThat(result(List.of(10L, 70L, 30L)).contenders().get("drain").warmMedian())
                .isEqualTo(50);
    }

    @Test
    void eachContenderIsInPartsOfThoseBeforeIt() {
        Map<String, List<Long>> readings = new LinkedHashMap<>();
        readings.put("drain", List.of(100L, 200L));
        readings.put("engine", List.of(50L, 150L));
        readings.put("capture", List.of(20L, 100L));
        assertThat(BenchmarkResult.of(OPTIONS, readings).ratios())
                .containsExactly(
                        Map.entry("engine_to_drain", new Ratio(0.5, 0.75)),
                        Map.entry("capture_to_drain", new Ratio(0.2, 0.5)),
                        Map.entry("capture_to_engine", new Ratio(0.4, 0.667)));
    }

    @Test
    void theTextHasTheSpread() {
        assertThat(result(List.of(10L, 70L, 30L, 40L)).text())
                .contains("warm least      median        most")
                .contains("drain                           10          30          40          70");
    }

    @Test
    void aSpeedIsRowsPerSecond() {
        assertThat(OPTIONS.rowsPerSecond(Duration.ofMillis(250).toNanos())).isEqualTo(2_000);
    }

    @Test
    void oneRoundIsNotEnoughForAWarmReading() {
        assertThatThrownBy(() -> new BenchmarkOptions(Source.S3, 500, 10, 1, Optional.empty()))
                .hasMessage("rounds is 1: must be at least 2");
        assertThatThrownBy(() -> new BenchmarkOptions(Source.S3, 0, 10, 2, Optional.empty()))
                .hasMessage("rows is 0: must be at least 1");
    }

    private static BenchmarkResult result(List<Long> drain) {
        return BenchmarkResult.of(OPTIONS, Map.of("drain", drain));
    }
}
