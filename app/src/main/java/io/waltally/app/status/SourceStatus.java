package io.waltally.app.status;

import java.util.List;
import java.util.Optional;

/**
 * Where one source stands. All that could not be found out is empty, and the reason says why.
 *
 * @param state what its capture does, or "unreachable"
 * @param serverLsn the end of the server's WAL
 * @param capturedLsn everything that ended at or before it is in the cdc topics
 * @param appliedLsn everything that ended at or before it is in the tallies; empty while that is not known
 * @param lagBytes WAL between captured and server LSN, that of other databases of the server included
 * @param snapshots tables that are being read, the first of them now
 * @param missingTables tables that are configured but not published, as where the application is older than they are
 * @param failedSnapshots the latest of those that were asked for and could not be read; empty where another process captures
 * @param lagSeconds age of the captured LSN; 0 if nothing is behind it
 */
public record SourceStatus(
        String state,
        Optional<String> reason,
        Optional<String> serverLsn,
        Optional<String> capturedLsn,
        Optional<String> appliedLsn,
        Optional<Long> lagBytes,
        Optional<Double> lagSeconds,
        Optional<SlotStatus> slot,
        Optional<Integer> epoch,
        List<SnapshotStatus> snapshots,
        List<String> missingTables,
        List<FailedSnapshotStatus> failedSnapshots) {
    public static final String UNREACHABLE = "unreachable";

    /** Capture stopped because of what the reason says. */
    public static final String FAILED = "failed";

    public SourceStatus with(String newState, Optional<String> newReason) {
        return with(newState, newReason, snapshots);
    }

    public SourceStatus with(String newState, Optional<String> newReason, List<SnapshotStatus> snapshotsNow) {
        return new SourceStatus(
                newState,
                newReason,
                serverLsn,
                capturedLsn,
                appliedLsn,
                lagBytes,
                lagSeconds,
                slot,
                epoch,
                snapshotsNow,
                missingTables,
                failedSnapshots);
    }

    public SourceStatus withFailedSnapshots(List<FailedSnapshotStatus> failed) {
        return new SourceStatus(
                state,
                reason,
                serverLsn,
                capturedLsn,
                appliedLsn,
                lagBytes,
                lagSeconds,
                slot,
                epoch,
                snapshots,
                missingTables,
                failed);
    }

    public SourceStatus withSecondsLeft(Optional<Long> seconds) {
        return new SourceStatus(
                state,
                reason,
                serverLsn,
                capturedLsn,
                appliedLsn,
                lagBytes,
                lagSeconds,
                slot.map(seen -> seen.withSecondsLeft(seconds)),
                epoch,
                snapshots,
                missingTables,
                failedSnapshots);
    }
}
