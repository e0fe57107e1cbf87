package io.waltally.workload.session;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An acknowledged transaction that changed at least one row.
 *
 * @param store {@code s3} or {@code sync}
 * @param transactionId the server's 64-bit transaction id ({@code pg_current_xact_id()})
 * @param changes changed rows per table
 * @param notifications that must follow from it
 * @param acknowledgedAt this machine's clock when {@code COMMIT} returned
 */
public record CommittedTransaction(
        String store,
        long transactionId,
        Map<String, RowChanges> changes,
        List<ExpectedNotification> notifications,
        Instant acknowledgedAt) {
    public CommittedTransaction {
        changes = Map.copyOf(changes);
        notifications = List.copyOf(notifications);
    }
}
