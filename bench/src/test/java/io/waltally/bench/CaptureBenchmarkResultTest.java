package io.waltally.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.bench.CaptureBenchmarkResult.Ratio;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CaptureBenchmarkResultTest {
    private static final CaptureBenchmarkOptions OPTIONS = new CaptureBenchmarkOptions(500, 10, 4);

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
        assertThat(CaptureBenchmarkResult.of(OPTIONS, readings).ratios())
                .containsExactly(
                        Map.entry("engine_to_drain", new Ratio(0.5, 0.75)),
                        Map.entry("capture_to_drain", new Ratio(0.2, 0.5)),
                        Map.entry("capture_to_engine", new Ratio(0.4, 0.667)));
    }

    @Test
    void oneRoundIsNotEnoughForAWarmReading() {
        assertThatThrownBy(() -> new CaptureBenchmarkOptions(500, 10, 1)).hasMessage("rounds is 1: must be at least 2");
        assertThatThrownBy(() -> new CaptureBenchmarkOptions(0, 10, 2)).hasMessage("rows is 0: must be at least 1");
    }

    private static CaptureBenchmarkResult result(List<Long> drain) {
        return CaptureBenchmarkResult.of(OPTIONS, Map.of("drain", drain));
    }
}
