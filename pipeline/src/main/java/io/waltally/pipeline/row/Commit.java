package io.waltally.pipeline.row;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.LastChange;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;

/**
 * The transaction that caused a tally or a notification.
 *
 * @param lsn end of the transaction
 * @param transactionId 0 for a snapshot
 * @param committedAt in microseconds since 1970
 */
public record Commit(Source source, int epoch, Lsn lsn, long transactionId, long committedAt)
        implements Comparable<Commit> {
    private static final Comparator<Commit> ORDER =
            Comparator.comparingInt(Commit::epoch).thenComparing(Commit::lsn);

    public boolean isSnapshot() {
        return transactionId == 0;
    }

    public Instant time() {
        return Instant.EPOCH.plus(committedAt, ChronoUnit.MICROS);
    }

    public static Commit of(LastChange change) {
        return new Commit(
                Source.of(change.getSource()),
                change.getEpoch(),
                new Lsn(change.getLsn()),
                change.getTransactionId(),
                Timestamps.micros(change.getCommittedAt()));
    }

    public LastChange toLastChange() {
        return new LastChange(source.id(), epoch, lsn.value(), transactionId, time());
    }

    @Override
    public int compareTo(Commit other) {
        return ORDER.compare(this, other);
    }

    public BinaryOutput writeTo(BinaryOutput output) {
        return output.constant(source)
                .number(epoch)
                .number(lsn.value())
                .number(transactionId)
                .number(committedAt);
    }

    public static Commit readFrom(BinaryInput input) {
        return new Commit(
                input.constant(Source.values()),
                input.smallNumber(),
                new Lsn(input.number()),
                input.number(),
                input.number());
    }
}
