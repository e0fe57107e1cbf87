package io.waltally.webhooks.deliver;

import java.util.List;
import java.util.Optional;

/**
 * A snapshot of a latency histogram.
 *
 * @param sum in seconds
 */
public record Latencies(List<Bucket> buckets, double sum) {
    /**
     * A bucket with an upper bound.
     *
     * @param seconds upper bound; infinite for the last one
     */
    public record Bucket(double seconds, long count) {}

    public long count() {
        return buckets.stream().mapToLong(Bucket::count).sum();
    }

    /**
     * A quantile in seconds, interpolated within its bucket as Prometheus does it; empty if nothing was recorded, or if
     * it is beyond the last bound.
     */
    public Optional<Double> quantile(double part) {
        double rank = part * count();
        long seen = 0;
        double lower = 0;
        for (Bucket bucket : buckets) {
            if (bucket.count() > 0 && seen + bucket.count() >= rank) {
                return Optional.of(lower + (bucket.seconds() - lower) * (rank - seen) / bucket.count())
                        .filter(Double::isFinite);
            }
            seen += bucket.count();
            lower = bucket.seconds();
        }
        return Optional.empty();
    }
}
