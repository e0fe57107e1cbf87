package io.waltally.workload.session;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Collects the statistics of all writers. Thread-safe. */
public final class StatisticsRecorder {
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

    public StatisticsRecorder(long seed) {
        this.seed = seed;
    }

    public synchronized void announce(String operation) {
        operations.putIfAbsent(operation, 0L);
    }

    public synchronized void performed(String operation) {
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

    public synchronized WorkloadStatistics snapshot() {
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
