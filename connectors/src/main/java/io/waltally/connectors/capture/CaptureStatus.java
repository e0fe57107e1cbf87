package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a capture stands.
 *
 * @param reason why it failed, or what it is retrying
 * @param captured everything that ended at or before this LSN is in the cdc topics, but rows of tables that are still
 *     being read; empty before the first watermark
 * @param epoch of the captured LSN
 * @param progressedAt when the captured LSN last grew
 * @param committedAt when the server had written the captured LSN
 * @param changes row changes published by this process
 * @param deadLetters those of them that went to the dead letter topic
 * @param kafkaTransactions with the captured LSN, committed by this process
 * @param snapshots tables that are being read, the first of them now
 * @param failedSnapshots the latest of those that were asked for and could not be read, by this process
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
        List<FailedSnapshot> failedSnapshots) {
    private static final int MOST_FAILED = 10;

    public CaptureStatus {
        snapshots = List.copyOf(snapshots);
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
                failedSnapshots);
    }

    CaptureStatus with(FailedSnapshot failed) {
        List<FailedSnapshot> latest = new ArrayList<>(failedSnapshots);
        latest.add(failed);
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
                latest.subList(Math.max(0, latest.size() - MOST_FAILED), latest.size()));
    }

    /** Everything up to the position, which the server had written at that time, is captured; nothing is wrong. */
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
                failedSnapshots);
    }
}
