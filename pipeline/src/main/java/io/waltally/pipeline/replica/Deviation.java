package io.waltally.pipeline.replica;

import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.tally.Amounts;

/**
 * An object with fewer or more copies than the replication factor.
 *
 * @param status under- or over-replicated
 * @param since beginning of the uninterrupted deviation, in microseconds
 * @param counted whether the tallies include it
 */
record Deviation(ReplicationStatus status, long since, boolean counted) {
    static final BinarySerde<Deviation> SERDE = BinarySerde.ofValue(
            (deviation, output) ->
                    output.constant(deviation.status).number(deviation.since).flag(deviation.counted),
            input -> new Deviation(input.constant(ReplicationStatus.values()), input.number(), input.flag()));

    /** The same deviation, included in the tallies. */
    Deviation inTallies() {
        return new Deviation(status, since, true);
    }

    /** The amounts by which the tallies include it. */
    Amounts amounts() {
        return counted ? status.amounts() : Amounts.NONE;
    }
}
