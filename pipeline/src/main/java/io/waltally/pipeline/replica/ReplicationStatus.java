package io.waltally.pipeline.replica;

import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.table.Copies;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * The number of copies of an object, compared with the replication factor. The order of the constants is part of the
 * stored form.
 */
enum ReplicationStatus {
    /** As many copies as the factor, or no object. */
    SATISFIED,
    UNDER_REPLICATED,
    OVER_REPLICATED;

    static final Serde<ReplicationStatus> SERDE = BinarySerde.ofValue(
            (status, output) -> output.constant(status), input -> input.constant(ReplicationStatus.values()));

    /** @param copies null if there is no object */
    static ReplicationStatus of(@Nullable Copies copies, int factor) {
        if (copies == null || copies.all().size() == factor) {
            return SATISFIED;
        }
        return copies.all().size() < factor ? UNDER_REPLICATED : OVER_REPLICATED;
    }

    /** The contribution of an object with this status to its bucket. */
    Amounts amounts() {
        return switch (this) {
            case SATISFIED -> Amounts.NONE;
            case UNDER_REPLICATED -> Amounts.NONE.with(Measure.UNDER_REPLICATED, 1);
            case OVER_REPLICATED -> Amounts.NONE.with(Measure.OVER_REPLICATED, 1);
        };
    }
}
