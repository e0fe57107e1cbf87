package io.waltally.app.local.bench;

import io.waltally.app.local.Latencies;
import java.util.Locale;
import java.util.Map;

/**
 * Measured latencies.
 *
 * @param source where rows were written
 * @param rate requested transactions per second
 * @param reachedRate written transactions per second
 * @param warmUpSeconds time that was not measured
 * @param stages by name
 */
record LatencyResult(String source, int rate, double reachedRate, long warmUpSeconds, Map<String, Quantiles> stages) {
    /**
     * In milliseconds.
     *
     * @param count number of measurements
     */
    record Quantiles(long count, long p50, long p99, long p999, long max) {
        static Quantiles of(Latencies latencies) {
            return new Quantiles(
                    latencies.count(),
                    latencies.quantile(0.5),
                    latencies.quantile(0.99),
                    latencies.quantile(0.999),
                    latencies.quantile(1));
        }
    }

    String text() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: %,.0f of %,d transactions/s, after %d s of warm-up%n%n%-14s%10s%8s%8s%8s%8s%n",
                source,
                reachedRate,
                rate,
                warmUpSeconds,
                "commit to, ms",
                "count",
                "p50",
                "p99",
                "p99.9",
                "max"));
        stages.forEach((stage, millis) -> text.append(String.format(
                Locale.ROOT,
                "%-14s%,10d%,8d%,8d%,8d%,8d%n",
                stage,
                millis.count,
                millis.p50,
                millis.p99,
                millis.p999,
                millis.max)));
        return text.toString();
    }
}
