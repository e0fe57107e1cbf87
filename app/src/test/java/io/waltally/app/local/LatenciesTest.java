package io.waltally.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void aQuantileIsTheLatencyThatTheFractionDoesNotExceed() {
        Latencies latencies = new Latencies();
        for (int millis = 1; millis <= 100; millis++) {
            latencies.record(millis);
        }
        assertThat(latencies.quantile(0.5)).isEqualTo(50);
        assertThat(latencies.quantile(0.99)).isEqualTo(99);
        assertThat(latencies.quantile(1)).isEqualTo(100);
        assertThat(latencies.count()).isEqualTo(100);
    }

    @Test
    void nothingRecordedIsZeroAndExtremesAreKeptInRange() {
        Latencies latencies = new Latencies();
        assertThat(latencies.quantile(0.99)).isZero();
        latencies.record(-5);
        latencies.record(Long.MAX_VALUE);
        assertThat(latencies.quantile(0.5)).isZero();
        assertThat(latencies.quantile(1)).isEqualTo(120_000);
    }
}
