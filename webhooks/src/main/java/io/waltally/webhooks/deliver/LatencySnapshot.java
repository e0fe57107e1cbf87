package io.waltally.webhooks.deliver;

import java.util.List;
import java.util.Optional;

/**
 * A snapshot of a latency histogram.
 *
 * @param sum in seconds
 * @param quantiles empty if nothing was recorded
 */
public record LatencySnapshot(List<Bucket> buckets, double sum, Optional<Quantiles> quantiles) {
    public LatencySnapshot {
        buckets = List.copyOf(buckets);
    }

    /**
     * A bucket with an upper bound.
     *
     * @param seconds upper bound; infinite for the last one
     */
    public record Bucket(double seconds, long count) {}

    /** Latencies in seconds that half and 99 % of all do not exceed, rounded up by less than 1 %. */
    public record Quantiles(double p50, double p99) {}

    public long count() {
        return buckets.stream().mapToLong(Bucket::count).sum();
    }
}
