package io.waltally.pipeline.quota;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.schemas.agg.BackendQuota;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Computes a backend's quota from its amounts. */
public final class BackendQuotas {
    private BackendQuotas() {}

    /** The quota; empty for a backend without a row in backend_quotas. Negative values are not clamped. */
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

    /** Bytes; null if unlimited. */
    private static @Nullable Long available(Amounts amounts) {
        return amounts.get(Measure.LIMIT_BYTES) == 0
                ? null
                : amounts.rest(Measure.LIMIT_BYTES, Measure.STORED_BYTES, Measure.ORPHAN_BYTES, Measure.INFLIGHT_BYTES);
    }

    /** Utilization as s3-orchestrator computes it, without uploads in progress; 0 if unlimited. */
    public static double utilization(Amounts amounts) {
        long limit = amounts.get(Measure.LIMIT_BYTES);
        return limit == 0 ? 0 : amounts.total(Measure.STORED_BYTES, Measure.ORPHAN_BYTES) / limit;
    }
}
