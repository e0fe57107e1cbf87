package io.waltally.connectors.capture;

import io.waltally.connectors.capture.snapshot.CompletedSnapshot;
import io.waltally.connectors.capture.snapshot.FailedSnapshot;
import io.waltally.connectors.capture.snapshot.TableSnapshot;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The state and progress of a capture at one moment.
 *
 * @param reason of the failure, or of the retry
 * @param captured everything that ended at or before this LSN is in the cdc topics, except rows of tables that are
 *     being read; empty before the first watermark
 * @param epoch of the captured LSN
 * @param progressedAt when the captured LSN last increased
 * @param committedAt when the server had written the captured LSN
 * @param changes row changes published by this process
 * @param deadLetters the changes that went to the dead letter topic
 * @param kafkaTransactions committed by this process
 * @param snapshots tables being read, the current one first
 * @param completedSnapshots requested snapshots that completed in this process, latest last
 * @param failedSnapshots requested snapshots that failed in this process, latest last
 */
public record CaptureStatus(
        Source source,
        CaptureState state,
        Optional<String> reason,
        Optional<Lsn> captured,
        int epoch,
        Optional<Instant> progressedAt,
        Optional<Instant> committedAt,
        long changes,
        long deadLetters,
        long kafkaTransactions,
        List<TableSnapshot> snapshots,
        List<CompletedSnapshot> completedSnapshots,
        List<FailedSnapshot> failedSnapshots) {
    private static final int MAX_ENDED = 20;

    public CaptureStatus {
        snapshots = List.copyOf(snapshots);
        completedSnapshots = List.copyOf(completedSnapshots);
        failedSnapshots = List.copyOf(failedSnapshots);
    }

    static CaptureStatus starting(Source source) {
        return new CaptureStatus(
                source,
                CaptureState.STARTING,
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                0,
                List.of(),
                List.of(),
                List.of());
    }

    CaptureStatus with(CaptureState now, Optional<String> why) {
        return new CaptureStatus(
                source,
                now,
                why,
                captured,
                epoch,
                progressedAt,
                committedAt,
                changes,
                deadLetters,
                kafkaTransactions,
                snapshots,
                completedSnapshots,
                failedSnapshots);
    }

    CaptureStatus with(CaptureState now) {
        return with(now, Optional.empty());
    }

    CaptureStatus with(List<TableSnapshot> reading) {
        return new CaptureStatus(
                source,
                state,
                reason,
                captured,
                epoch,
                progressedAt,
                committedAt,
                changes,
                deadLetters,
                kafkaTransactions,
                reading,
                completedSnapshots,
                failedSnapshots);
    }

    CaptureStatus with(CompletedSnapshot completed) {
        return withEnded(latest(completedSnapshots, completed), failedSnapshots);
    }

    CaptureStatus with(FailedSnapshot failed) {
        return withEnded(completedSnapshots, latest(failedSnapshots, failed));
    }

    private CaptureStatus withEnded(List<CompletedSnapshot> completed, List<FailedSnapshot> failed) {
        return new CaptureStatus(
                source,
                state,
                reason,
                captured,
                epoch,
                progressedAt,
                committedAt,
                changes,
                deadLetters,
                kafkaTransactions,
                snapshots,
                completed,
                failed);
    }

    private static <T> List<T> latest(List<T> earlier, T now) {
        List<T> all = new ArrayList<>(earlier);
        all.add(now);
        return all.subList(Math.max(0, all.size() - MAX_ENDED), all.size());
    }

    /** The status once everything up to the position is captured, which the server had written at that time. */
    CaptureStatus at(
            Lsn position,
            int itsEpoch,
            Instant time,
            long changesByNow,
            long deadLettersByNow,
            long transactionsByNow) {
        return new CaptureStatus(
                source,
                state,
                Optional.empty(),
                Optional.of(position),
                itsEpoch,
                Optional.of(Instant.now()),
                Optional.of(time),
                changesByNow,
                deadLettersByNow,
                transactionsByNow,
                snapshots,
                completedSnapshots,
                failedSnapshots);
    }
}
