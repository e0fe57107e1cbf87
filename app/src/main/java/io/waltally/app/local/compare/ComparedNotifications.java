package io.waltally.app.local.compare;

import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.workload.oracle.S3Tallies;
import io.waltally.workload.oracle.UsageTally;
import io.waltally.workload.session.WorkloadStatistics;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Compares the number of notifications of each type with the workload's own record. */
public final class ComparedNotifications {
    /** Types whose number is known to the database only, and why. */
    public static final Map<String, String> NOT_COMPARED = new TreeMap<>(Map.of(
            "backend.capacity.warning",
            "writers do not know in which order their transactions committed, so not which one crossed the threshold",
            "object.under_replicated",
            "writers do not know when their transactions committed, so not what lasted for the grace period"));

    private ComparedNotifications() {}

    /** The number of notifications of all other types; an unexpected one is a difference. */
    public static Map<String, Long> derived(Map<String, Long> notifications) {
        Map<String, Long> compared = new TreeMap<>(notifications);
        compared.keySet().removeAll(NOT_COMPARED.keySet());
        return compared;
    }

    /**
     * @param tables final state: usage counters only grow, so all that ever reached their limit are in it
     * @param limits by backend
     */
    public static Map<String, Long> expected(
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
