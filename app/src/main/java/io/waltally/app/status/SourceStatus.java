package io.waltally.app.status;

import java.util.List;
import java.util.Optional;

/**
 * The status of a source. Unknown values are empty, and the reason says why.
 *
 * @param state of its capture, or "unreachable"
 * @param serverLsn end of the server's WAL
 * @param capturedLsn everything that ended at or before it is in the cdc topics
 * @param appliedLsn everything that ended at or before it is in the tallies; empty while unknown
 * @param lagBytes WAL between captured and server LSN, including that of other databases of the server
 * @param snapshots tables that are being read, the current one first
 * @param missingTables configured tables that are not published, for example because the application is older
 * @param limitations wrong or missing results, because a table or column is not captured
 * @param completedSnapshots the latest requested snapshots that completed in this process
 * @param failedSnapshots the latest requested snapshots that failed in this process
 * @param deadLetters open ones of its capture
 * @param lagSeconds age of the captured LSN; 0 if it is current
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
        List<Limitation> limitations,
        List<CompletedSnapshotStatus> completedSnapshots,
        List<FailedSnapshotStatus> failedSnapshots,
        long deadLetters) {
    public static final String UNREACHABLE = "unreachable";

    /** Capture has stopped for the given reason. */
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
                limitations,
                completedSnapshots,
                failedSnapshots,
                deadLetters);
    }

    public SourceStatus withEndedSnapshots(List<CompletedSnapshotStatus> completed, List<FailedSnapshotStatus> failed) {
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
                limitations,
                completed,
                failed,
                deadLetters);
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
                limitations,
                completedSnapshots,
                failedSnapshots,
                deadLetters);
    }
}
