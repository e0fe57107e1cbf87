package io.waltally.pipeline.quota;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Measure;
import io.waltally.schemas.agg.BackendQuota;
import java.util.Optional;

/** The arithmetic of a backend's quota. */
public final class BackendQuotas {
    private BackendQuotas() {}

    /** Empty for a backend that has no row in backend_quotas. Negative results are shown, not clamped. */
    public static Optional<BackendQuota> of(Amounts amounts, Commit commit) {
        if (amounts.get(Measure.ROWS) == 0) {
            return Optional.empty();
        }
        return Optional.of(new BackendQuota(
                amounts.get(Measure.STORED_BYTES),
                amounts.get(Measure.COPIES),
                amounts.get(Measure.ORPHAN_BYTES),
                amounts.get(Measure.INFLIGHT_BYTES),
                amounts.get(Measure.LIMIT_BYTES),
                available(amounts),
                utilization(amounts),
                commit.toLastChange(),
                amounts.get(Measure.POISONED_ROWS) > 0));
    }

    /** The largest long where unlimited. */
    static long available(Amounts amounts) {
        long limit = amounts.get(Measure.LIMIT_BYTES);
        return limit == 0
                ? Long.MAX_VALUE
                : limit
                        - amounts.get(Measure.STORED_BYTES)
                        - amounts.get(Measure.ORPHAN_BYTES)
                        - amounts.get(Measure.INFLIGHT_BYTES);
    }

    /** As s3-orchestrator has it: without what is in flight; 0 where unlimited. */
    public static double utilization(Amounts amounts) {
        long limit = amounts.get(Measure.LIMIT_BYTES);
        return limit == 0
                ? 0
                : (double) (amounts.get(Measure.STORED_BYTES) + amounts.get(Measure.ORPHAN_BYTES)) / limit;
    }
}
