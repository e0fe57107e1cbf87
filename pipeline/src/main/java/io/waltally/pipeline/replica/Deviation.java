package io.waltally.pipeline.replica;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.state.BinarySerde;

/**
 * What is kept of an object whose copies are fewer or more than they should be.
 *
 * @param status under- or over-replicated
 * @param since from when on without interruption, in microseconds
 * @param counted whether the tallies have it
 */
record Deviation(ReplicationStatus status, long since, boolean counted) {
    static final BinarySerde<Deviation> SERDE = BinarySerde.ofValue(
            (deviation, output) ->
                    output.constant(deviation.status).number(deviation.since).flag(deviation.counted),
            input -> new Deviation(input.constant(ReplicationStatus.values()), input.number(), input.flag()));

    /** The same deviation in the tallies. */
    Deviation inTallies() {
        return new Deviation(status, since, true);
    }

    /** What the tallies have of it. */
    Amounts amounts() {
        return counted ? status.amounts() : Amounts.NONE;
    }
}
