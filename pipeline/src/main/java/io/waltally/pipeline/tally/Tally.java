package io.waltally.pipeline.tally;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.state.BinarySerde;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * The amounts of a subject after the last transaction that ended.
 *
 * @param commit the last transaction that changed them; null if there is none
 */
public record Tally(Amounts amounts, @Nullable Commit commit) {
    public static final Tally ZERO = new Tally(Amounts.NONE, null);
    public static final Serde<Tally> SERDE = BinarySerde.ofValue(
            (tally, output) -> {
                tally.amounts.writeTo(output);
                output.flag(tally.commit != null);
                if (tally.commit != null) {
                    tally.commit.writeTo(output);
                }
            },
            input -> new Tally(Amounts.readFrom(input), input.flag() ? Commit.readFrom(input) : null));

    public long get(Measure measure) {
        return amounts.get(measure);
    }

    /**
     * @param by null if time changes the amounts, not a transaction. The latest transaction is kept, because a replay
     *     carries earlier ones
     */
    public Tally plus(Amounts delta, @Nullable Commit by) {
        boolean later = by != null && (commit == null || commit.compareTo(by) < 0);
        return new Tally(amounts.plus(delta), later ? by : commit);
    }
}
