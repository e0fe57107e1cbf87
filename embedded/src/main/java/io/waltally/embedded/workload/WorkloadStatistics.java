package io.waltally.embedded.workload;

import java.util.Map;

/**
 * What the workload has done, at one instant: a transaction's changes are in it whole or not at all.
 *
 * @param seed the seed of the run
 * @param committed transactions that committed with at least one changed row; a statement outside of a transaction
 *     block is one, too
 * @param rolledBack transactions that were rolled back on purpose, or because a quota was exceeded
 * @param savepointsRolledBack savepoints that were rolled back inside transactions
 * @param retried transactions that the server cancelled (deadlock, serialization) and that were run again
 * @param reconnected connections that were lost and opened again
 * @param unknownOutcomes commits whose acknowledgement was lost with the connection; while this is not zero, the counts
 *     below may lack these transactions
 * @param changes rows changed by committed transactions, per table; cascades included
 * @param operations times that each kind of operation was carried out, such as {@code s3.put} or {@code sync.merge};
 *     every kind is present from the start, with 0
 * @param expectedNotifications notifications that must follow from the committed transactions, per type; thresholds
 *     ({@code backend.capacity.warning}) are not among them, since they follow from tallies
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
