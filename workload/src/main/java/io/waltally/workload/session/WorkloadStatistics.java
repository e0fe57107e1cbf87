package io.waltally.workload.session;

import java.util.Map;

/**
 * Statistics of the workload at one instant: they include the changes of a transaction entirely or not at all.
 *
 * @param seed of the run
 * @param committed transactions that committed with at least one changed row, including statements in autocommit mode
 * @param rolledBack transactions that were rolled back on purpose, or because a quota was exceeded
 * @param savepointsRolledBack savepoints that were rolled back inside of transactions
 * @param retried transactions that the server cancelled (deadlock, serialization) and that were run again
 * @param reconnected connections that were lost and opened again
 * @param unknownOutcomes commits whose acknowledgement was lost with the connection; if not zero, the counts below may
 *     lack these transactions
 * @param changes rows changed by committed transactions per table, cascades included
 * @param operations number of times that each kind of operation was performed, such as {@code s3.put} or {@code
 *     sync.merge}; every kind is present from the start
 * @param expectedNotifications notifications that must follow from the committed transactions, per type; without
 *     thresholds ({@code backend.capacity.warning}), which follow from tallies
 */
public record WorkloadStatistics(
        long seed,
        long committed,
        long rolledBack,
        long savepointsRolledBack,
        long retried,
        long reconnected,
        long unknownOutcomes,
        Map<String, RowChanges> changes,
        Map<String, Long> operations,
        Map<String, Long> expectedNotifications) {}
