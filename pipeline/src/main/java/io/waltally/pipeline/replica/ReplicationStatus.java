package io.waltally.pipeline.replica;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Measure;
import io.waltally.pipeline.rows.Copies;
import io.waltally.pipeline.state.BinarySerde;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/** An object's number of copies beside the replication factor. The place in this list is part of the stored form. */
enum ReplicationStatus {
    /** As many copies as there should be, or no object. */
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

    /** What an object of this status adds to its bucket. */
    Amounts amounts() {
        return switch (this) {
            case SATISFIED -> Amounts.NONE;
            case UNDER_REPLICATED -> Amounts.NONE.with(Measure.UNDER_REPLICATED, 1);
            case OVER_REPLICATED -> Amounts.NONE.with(Measure.OVER_REPLICATED, 1);
        };
    }
}
