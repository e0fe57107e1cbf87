package io.waltally.embedded.workload;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that is tallied of s3-orchestrator's store, as its tables say at one snapshot.
 *
 * @param backends by backend; each that has a backend_quotas row
 * @param usage by backend and month
 * @param buckets by bucket; each that has an object
 */
public record S3Tallies(
        Map<String, BackendTally> backends, Map<UsageKey, UsageTally> usage, Map<String, BucketTally> buckets) {
    public S3Tallies {
        backends = Collections.unmodifiableMap(new TreeMap<>(backends));
        usage = Map.copyOf(usage);
        buckets = Collections.unmodifiableMap(new TreeMap<>(buckets));
    }
}
