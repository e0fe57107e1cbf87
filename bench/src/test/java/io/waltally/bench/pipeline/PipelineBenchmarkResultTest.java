package io.waltally.bench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkResult;
import io.waltally.bench.pipeline.PipelineBenchmarkResult.State;
import io.waltally.schemas.Source;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PipelineBenchmarkResultTest {
    private static final BenchmarkOptions OPTIONS = new BenchmarkOptions(Source.SYNC, 500, 10, 3, Optional.empty());

    @Test
    void stateIsInPartsOfTheRowsOfAllRounds() {
        PipelineBenchmarkResult result = result(Map.of("records", new StoreSize(1_200, 60_000, 90_001)));
        assertThat(result.state()).containsExactly(Map.entry("records", new State(0.8, 40, 60.001)));
    }

    @Test
    void aStoreThatHoldsNothingIsLeftOut() {
        Map<String, StoreSize> stores = new LinkedHashMap<>();
        stores.put("open", new StoreSize(0, 0, 1_000));
        stores.put("records", new StoreSize(1, 30, 1_000));
        assertThat(result(stores).state()).containsOnlyKeys("records");
    }

    @Test
    void speedsAreThoseThatWereMeasured() {
        PipelineBenchmarkResult result = result(Map.of());
        assertThat(result.table()).isEqualTo("bsos");
        assertThat(result.contenders()).containsOnlyKeys("drain");
        assertThat(result.text())
                .startsWith("500 rows of bsos, 10 per transaction")
                .contains("state per row");
    }

    private static PipelineBenchmarkResult result(Map<String, StoreSize> stores) {
        return PipelineBenchmarkResult.of(
                BenchmarkResult.of(OPTIONS, Map.of("drain", List.of(1L, 2L, 3L))),
                stores,
                (long) OPTIONS.rows() * OPTIONS.rounds());
    }
}
