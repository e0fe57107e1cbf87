package io.waltally.webhooks.deliver;

import java.util.List;
import java.util.Optional;

/**
 * How long something took, over all times that it happened.
 *
 * @param sum in seconds
 */
public record Latencies(List<Bucket> buckets, double sum) {
    /**
     * Those that took no longer, and longer than the bucket before.
     *
     * @param seconds infinite in the last one
     */
    public record Bucket(double seconds, long count) {}

    public long count() {
        return buckets.stream().mapToLong(Bucket::count).sum();
    }

    /** In seconds: what the given part of them did not exceed, rounded up to a bucket; empty if nothing happened yet. */
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
