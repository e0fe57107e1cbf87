package io.waltally.pipeline.quota;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Measure;
import io.waltally.schemas.agg.BackendQuota;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
                amounts.isDegraded()));
    }

    /** Null where unlimited. */
    private static @Nullable Long available(Amounts amounts) {
        return amounts.get(Measure.LIMIT_BYTES) == 0
                ? null
                : amounts.rest(Measure.LIMIT_BYTES, Measure.STORED_BYTES, Measure.ORPHAN_BYTES, Measure.INFLIGHT_BYTES);
    }

    /** As s3-orchestrator has it: without what is in flight; 0 where unlimited. */
    public static double utilization(Amounts amounts) {
        long limit = amounts.get(Measure.LIMIT_BYTES);
        return limit == 0 ? 0 : amounts.total(Measure.STORED_BYTES, Measure.ORPHAN_BYTES) / limit;
    }
}
