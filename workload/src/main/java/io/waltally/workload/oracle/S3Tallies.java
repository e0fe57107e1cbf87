package io.waltally.workload.oracle;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * All tallies of s3-orchestrator's store in one snapshot of its tables.
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
