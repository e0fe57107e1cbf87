package io.waltally.app.local;

import io.waltally.embedded.workload.S3Tallies;
import io.waltally.embedded.workload.UsageTally;
import io.waltally.embedded.workload.WorkloadStatistics;
import io.waltally.pipeline.quota.UsageLimits;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** How many notifications of each type there have to be, by the workload's own record of what it did. */
final class ComparedNotifications {
    /** Types of which nobody but the database can know how many there have to be, and why. */
    static final Map<String, String> NOT_COMPARED = new TreeMap<>(Map.of(
            "backend.capacity.warning",
            "writers do not know in which order their transactions committed, so not which one crossed the threshold",
            "object.under_replicated",
            "writers do not know when their transactions committed, so not what lasted for the grace period"));

    private ComparedNotifications() {}

    /** What was derived of all other types; one that is not expected is a difference. */
    static Map<String, Long> derived(Map<String, Long> notifications) {
        Map<String, Long> compared = new TreeMap<>(notifications);
        compared.keySet().removeAll(NOT_COMPARED.keySet());
        return compared;
    }

    /**
     * @param tables as they are in the end: counters of usage only grow, so those that have reached their limit are there
     * @param limits by backend; none of them is ever removed
     */
    static Map<String, Long> expected(
            WorkloadStatistics statistics, S3Tallies tables, Map<String, UsageLimits> limits) {
        Map<String, Long> expected = new TreeMap<>(statistics.expectedNotifications());
        long reached = tables.usage().entrySet().stream()
                .mapToLong(usage -> reached(
                        usage.getValue(), limits.getOrDefault(usage.getKey().backend(), UsageLimits.UNLIMITED)))
                .sum();
        expected.put("backend.usage.warning", reached);
        expected.values().removeIf(count -> count == 0);
        return expected;
    }

    private static long reached(UsageTally used, UsageLimits limits) {
        return Stream.of(
                        reached(used.apiRequests(), limits.apiRequests()),
                        reached(used.egressBytes(), limits.egressBytes()),
                        reached(used.ingressBytes(), limits.ingressBytes()))
                .filter(Boolean::booleanValue)
                .count();
    }

    private static boolean reached(long used, long limit) {
        return limit > 0 && used >= limit;
    }
}
