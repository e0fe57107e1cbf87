package io.waltally.webhooks.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyHistogramTest {
    private final LatencyHistogram histogram = new LatencyHistogram();

    @ParameterizedTest
    @ValueSource(strings = {"PT0.0003S", "PT0.001S", "PT0.011S", "PT0.24S", "PT2.6S", "PT45S", "PT2H", "P3D"})
    void quantilesOfEqualLatenciesAreThatLatency(Duration latency) {
        for (int i = 0; i < 3; i++) {
            histogram.add(latency);
        }
        double seconds = latency.toNanos() / 1e9;
        assertThat(quantiles().p50()).isCloseTo(seconds, onePercentOf(seconds));
        assertThat(quantiles().p99()).isCloseTo(seconds, onePercentOf(seconds));
    }

    @Test
    void quantilesAreThoseOfTheRecordedLatencies() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        // From 0.1 ms to 100 s, evenly on a logarithmic scale.
        double[] seconds = DoubleStream.generate(() -> Math.pow(10, random.nextDouble() * 6 - 4))
                .limit(10_000)
                .toArray();
        DoubleStream.of(seconds).forEach(latency -> histogram.add(Duration.ofNanos((long) (latency * 1e9))));
        double[] sorted = DoubleStream.of(seconds).sorted().toArray();
        assertThat(quantiles().p50()).as("seed %d", seed).isCloseTo(sorted[4_999], onePercentOf(sorted[4_999]));
        assertThat(quantiles().p99()).as("seed %d", seed).isCloseTo(sorted[9_899], onePercentOf(sorted[9_899]));
    }

    @Test
    void bucketsCountWhatTheirBoundsInclude() {
        for (int millis : new int[] {-3, 0, 10, 11, 25, 100_000_000}) {
            histogram.add(Duration.ofMillis(millis));
        }
        LatencySnapshot read = histogram.read();
        assertThat(read.count()).isEqualTo(6);
        assertThat(read.buckets().get(0)).isEqualTo(new LatencySnapshot.Bucket(0.01, 3));
        assertThat(read.buckets().get(1)).isEqualTo(new LatencySnapshot.Bucket(0.025, 2));
        assertThat(read.buckets().get(read.buckets().size() - 1))
                .isEqualTo(new LatencySnapshot.Bucket(Double.POSITIVE_INFINITY, 1));
        assertThat(read.sum()).isCloseTo(100_000.046, within(1e-6));
    }

    @Test
    void nothingRecordedHasNoQuantiles() {
        assertThat(histogram.read().quantiles()).isEmpty();
    }

    private LatencySnapshot.Quantiles quantiles() {
        return histogram.read().quantiles().orElseThrow();
    }

    private static Offset<Double> onePercentOf(double value) {
        return within(value * 0.01);
    }
}
