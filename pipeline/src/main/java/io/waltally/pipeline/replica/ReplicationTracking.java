package io.waltally.pipeline.replica;

import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.BinarySerde;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Progress of {@link TrackReplication} in a partition.
 *
 * @param clock the current time, in microseconds
 * @param lastTransaction the latest transaction that was processed
 * @param rereadingSince the clock when transactions before it began to be read again; {@link
 *     io.waltally.pipeline.row.Timestamps#NEVER} if they are not
 * @param factor the replication factor that objects were compared with
 * @param nextToCompare first object that may have been compared with another factor; null if there is none
 */
record ReplicationTracking(
        long clock,
        Position lastTransaction,
        long rereadingSince,
        int factor,
        @Nullable String nextToCompare) {
    static final BinarySerde<ReplicationTracking> SERDE = BinarySerde.ofValue(
            (tracking, output) -> tracking.lastTransaction
                    .writeTo(output.number(tracking.clock))
                    .number(tracking.rereadingSince)
                    .number(tracking.factor)
                    .flag(tracking.nextToCompare != null)
                    .text(Objects.requireNonNullElse(tracking.nextToCompare, "")),
            input -> {
                long clock = input.number();
                Position lastTransaction = Position.readFrom(input);
                long rereadingSince = input.number();
                int factor = input.smallNumber();
                boolean nextToCompare = input.flag();
                String objectKey = input.text();
                return new ReplicationTracking(
                        clock, lastTransaction, rereadingSince, factor, nextToCompare ? objectKey : null);
            });
}
