package io.waltally.embedded.workload;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Adds up what all writers have done. Every method may be called from any thread. */
final class StatisticsRecorder {
    private final long seed;
    private final Map<String, RowChanges> changes = new TreeMap<>();
    private final Map<String, Long> operations = new TreeMap<>();
    private final Map<String, Long> expectedNotifications = new TreeMap<>();
    private long committed;
    private long rolledBack;
    private long savepointsRolledBack;
    private long retried;
    private long reconnected;
    private long unknownOutcomes;

    StatisticsRecorder(long seed) {
        this.seed = seed;
    }

    synchronized void announce(String operation) {
        operations.putIfAbsent(operation, 0L);
    }

    synchronized void performed(String operation) {
        operations.merge(operation, 1L, Long::sum);
    }

    synchronized void committed(Ledger ledger) {
        committed++;
        savepointsRolledBack += ledger.savepointsRolledBack();
        ledger.changes().forEach((table, rows) -> changes.merge(table, rows, RowChanges::plus));
        ledger.notifications().forEach(expected -> expectedNotifications.merge(expected.type(), 1L, Long::sum));
    }

    synchronized void rolledBack() {
        rolledBack++;
    }

    synchronized void retried() {
        retried++;
    }

    synchronized void reconnected() {
        reconnected++;
    }

    synchronized void outcomeUnknown() {
        unknownOutcomes++;
    }

    synchronized WorkloadStatistics snapshot() {
        return new WorkloadStatistics(
                seed,
                committed,
                rolledBack,
                savepointsRolledBack,
                retried,
                reconnected,
                unknownOutcomes,
                Collections.unmodifiableMap(new TreeMap<>(changes)),
                Collections.unmodifiableMap(new TreeMap<>(operations)),
                Collections.unmodifiableMap(new TreeMap<>(expectedNotifications)));
    }
}
