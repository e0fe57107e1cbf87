package io.waltally.sinks.tally;

import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.jdbc.SinkDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Writes {@code agg.backend-quotas} into the database of s3-orchestrator. */
public final class BackendQuotaTarget extends TallyTarget<BackendKey, BackendQuota> {
    /** The application sets {@code updated_at} with the counters. */
    private static final TallyTable<BackendKey, BackendQuota> TABLE = new TallyTable<>(
            "backend_quotas",
            "backend_quota",
            List.of(new TallyColumn<>("backend_name", "text", BackendKey::getBackendName)),
            List.of(
                    new TallyColumn<>("bytes_used", "bigint", BackendQuota::getBytesUsed),
                    new TallyColumn<>("orphan_bytes", "bigint", BackendQuota::getOrphanBytes)),
            List.of(new TallyColumn<>("bytes_limit", "bigint", BackendQuota::getBytesLimit)),
            Optional.of("updated_at"),
            BackendQuota::getLastChange);

    /** Backends are few: a slice has all of them. */
    private static final ReconcileSchedule SWEEP = new ReconcileSchedule(Duration.ofSeconds(5), 1_000);

    public BackendQuotaTarget(String sink, SinkDatabase database, TallyMode mode, TopicCatalogue topics) {
        this(sink, database, mode, topics, SWEEP);
    }

    BackendQuotaTarget(
            String sink, SinkDatabase database, TallyMode mode, TopicCatalogue topics, ReconcileSchedule sweep) {
        super(sink, database, mode, TABLE, topics.backendQuotas(), sweep);
    }
}
