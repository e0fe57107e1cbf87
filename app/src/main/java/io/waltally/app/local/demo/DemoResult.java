package io.waltally.app.local.demo;

import io.waltally.app.local.Latencies;
import io.waltally.app.local.compare.ComparedNotifications;
import io.waltally.app.local.compare.Comparison;
import io.waltally.schemas.Counted;
import io.waltally.workload.session.RowChanges;
import io.waltally.workload.session.WorkloadStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The figures with which the demo ends, and the differences that it found.
 *
 * @param latencies from commit to visibility of the tally
 * @param neverOccurred kinds of operation that did not occur in so short a run, so that it proves nothing about them
 */
record DemoResult(
        DemoWorkload written,
        WorkloadStatistics statistics,
        Timing timing,
        Comparison comparison,
        Notifications notifications,
        Latencies latencies,
        List<String> neverOccurred) {
    /** The text that replaces a result. */
    static final String STOPPED = "stopped before the comparison: nothing was compared";

    private static final int DIFFERENCES_SHOWN = 50;

    /** The times when the first transaction began, when the last one ended, and when everything was applied. */
    record Timing(Instant began, Instant stopped, Instant applied) {
        double seconds() {
            return Duration.between(began, stopped).toMillis() / 1_000.0;
        }

        double applyingSeconds() {
            return Duration.between(stopped, applied).toMillis() / 1_000.0;
        }
    }

    /**
     * Numbers of notifications.
     *
     * @param expected by type, as far as known
     * @param derived by type
     * @param delivered number that the endpoint received
     * @param repeated number that it received again
     */
    record Notifications(Map<String, Long> expected, Map<String, Long> derived, long delivered, long repeated) {}

    /** Whether something was compared, and nothing differs. */
    boolean passed() {
        return comparison.compared() > 0 && comparison.differences().isEmpty();
    }

    /** The reason why it passed or failed, in one sentence. */
    String reason() {
        if (comparison.compared() == 0) {
            return "nothing was compared";
        }
        if (!passed()) {
            return String.format(
                    Locale.ROOT,
                    "%,d of %,d compared values differ",
                    comparison.differences().size(),
                    comparison.compared());
        }
        return String.format(Locale.ROOT, "%,d compared values are equal", comparison.compared())
                + (neverOccurred.isEmpty()
                        ? ""
                        : ", but the run was too short for " + String.join(", ", neverOccurred)
                                + ", of which this proves nothing");
    }

    /**
     * The document of a demo that was stopped before its comparison.
     *
     * @param statistics of what was written; empty if writing had not begun
     */
    static Map<String, Object> stoppedJson(
            DemoWorkload written, Optional<WorkloadStatistics> statistics, Latencies latencies) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("seed", written.seed());
        document.put("passed", false);
        document.put("reason", STOPPED);
        document.put(
                "transactions", statistics.map(WorkloadStatistics::committed).orElse(0L));
        document.put(
                "changes", changes(statistics.map(WorkloadStatistics::changes).orElse(Map.of())));
        document.put("latency_ms", latency(latencies));
        document.put("compared", 0);
        document.put("differences", 0);
        return document;
    }

    private long changes() {
        return statistics.changes().values().stream()
                .mapToLong(RowChanges::total)
                .sum();
    }

    Map<String, Object> json() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("seed", statistics.seed());
        document.put("passed", passed());
        document.put("reason", reason());
        document.put("duration_seconds", timing.seconds());
        document.put("transactions", statistics.committed());
        document.put("transactions_per_second", perSecond(statistics.committed()));
        document.put("rolled_back", statistics.rolledBack());
        document.put("savepoints_rolled_back", statistics.savepointsRolledBack());
        document.put("changes", changes(statistics.changes()));
        document.put("changes_per_second", perSecond(changes()));
        document.put("operations", new TreeMap<>(statistics.operations()));
        document.put("never_occurred", neverOccurred);
        document.put("notifications", notifications.derived());
        document.put("expected_notifications", notifications.expected());
        document.put("notifications_not_compared", ComparedNotifications.NOT_COMPARED);
        document.put("delivered_notifications", notifications.delivered());
        document.put("repeated_deliveries", notifications.repeated());
        document.put("latency_ms", latency(latencies));
        document.put("applied_after_seconds", timing.applyingSeconds());
        document.put("compared", comparison.compared());
        document.put("compared_by_kind", comparison.comparedByKind());
        document.put("differences", comparison.differences().size());
        document.put(
                "difference_details",
                comparison.differences().stream().limit(DIFFERENCES_SHOWN).toList());
        return document;
    }

    private static Map<String, Map<String, Long>> changes(Map<String, RowChanges> changes) {
        Map<String, Map<String, Long>> counts = new TreeMap<>();
        changes.forEach((table, rows) -> counts.put(table, counts(rows)));
        return counts;
    }

    private static Map<String, Long> latency(Latencies latencies) {
        Map<String, Long> quantiles = new LinkedHashMap<>();
        quantiles.put("p50", latencies.quantile(0.5));
        quantiles.put("p99", latencies.quantile(0.99));
        return quantiles;
    }

    private static Map<String, Long> counts(RowChanges changes) {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("insert", changes.insert());
        counts.put("update", changes.update());
        counts.put("delete", changes.delete());
        return counts;
    }

    private double perSecond(long count) {
        return Math.round(count / timing.seconds() * 10) / 10.0;
    }

    String text() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "written       %,d %s in %.1f s (%,.0f/s), %,d rolled back besides; %,d %s (%,.0f/s)",
                statistics.committed(),
                Counted.noun(statistics.committed(), "transaction", "transactions"),
                timing.seconds(),
                perSecond(statistics.committed()),
                statistics.rolledBack(),
                changes(),
                Counted.noun(changes(), "row change", "row changes"),
                perSecond(changes())));
        lines.add(String.format(
                Locale.ROOT,
                "applied       commit to tally p50 %,d ms, p99 %,d ms; the last %.1f s after the writers stopped",
                latencies.quantile(0.5),
                latencies.quantile(0.99),
                timing.applyingSeconds()));
        lines.add("notified      " + counted(notifications.derived()));
        lines.add(String.format(
                Locale.ROOT,
                "delivered     %,d %s to a webhook, signed; %s came more than once",
                notifications.delivered(),
                Counted.noun(notifications.delivered(), "notification", "notifications"),
                notifications.repeated() == 0
                        ? "none"
                        : String.format(Locale.ROOT, "%,d of them", notifications.repeated())));
        lines.add("compared      "
                + comparison.comparedByKind().entrySet().stream()
                        .map(kind -> String.format(Locale.ROOT, "%,d %s", kind.getValue(), kind.getKey()))
                        .collect(Collectors.joining(", "))
                + ": with SQL on the tables, with what the writers did, with what was delivered");
        ComparedNotifications.NOT_COMPARED.forEach((type, why) -> {
            if (notifications.derived().containsKey(type)) {
                lines.add("not compared  " + type + ": " + why);
            }
        });
        List<String> differences = comparison.differences();
        if (differences.isEmpty()) {
            lines.add("differences   none");
        } else {
            lines.add(String.format(Locale.ROOT, "differences   %,d", differences.size()));
            differences.stream().limit(DIFFERENCES_SHOWN).forEach(difference -> lines.add("  " + difference));
            if (differences.size() > DIFFERENCES_SHOWN) {
                lines.add("  and " + (differences.size() - DIFFERENCES_SHOWN) + " more");
            }
            lines.add("repeat with   " + written.command());
        }
        lines.add("result        " + (passed() ? "passed: " : "FAILED: ") + reason());
        return String.join(System.lineSeparator(), lines);
    }

    private static String counted(Map<String, Long> counts) {
        return counts.isEmpty()
                ? "nothing"
                : counts.entrySet().stream()
                        .map(count -> String.format(Locale.ROOT, "%,d %s", count.getValue(), count.getKey()))
                        .collect(Collectors.joining(", "));
    }
}
