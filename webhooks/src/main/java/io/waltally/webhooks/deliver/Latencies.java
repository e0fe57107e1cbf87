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

    /** A quantile in seconds, rounded up to a bucket; empty if nothing was recorded. */
    public Optional<Double> quantile(double part) {
        long rank = (long) Math.ceil(part * count());
        long seen = 0;
        for (Bucket bucket : buckets) {
            seen += bucket.count();
            if (seen > 0 && seen >= rank) {
                return Optional.of(bucket.seconds());
            }
        }
        return Optional.empty();
    }
}
