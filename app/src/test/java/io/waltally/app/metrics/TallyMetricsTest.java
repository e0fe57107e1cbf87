package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.http.FakeTallies;
import io.waltally.app.tally.AsOf;
import io.waltally.pipeline.view.UserTotals;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.LastChange;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TallyMetricsTest {
    @Test
    void backendsHaveTheirFiguresAndBucketsTheirSums() {
        LastChange change = FakeTallies.quota(0).getLastChange();
        BackendQuota limited = new BackendQuota(7L, 1L, 2L, 1L, 10L, 0L, 0.9, change, false);
        BackendQuota unlimited = new BackendQuota(5L, 1L, 0L, 0L, 0L, null, 0.0, change, false);
        BackendUsage used = new BackendUsage(50L, 6L, 7L, 100L, 0L, 14L, 0.5, 0.0, 0.5, change, false);
        BucketUsage replicated = BucketUsage.newBuilder()
                .setLogicalBytes(100)
                .setStoredBytes(200)
                .setObjectCount(1)
                .setCopyCount(2)
                .setUnderReplicated(3)
                .setOverReplicated(1)
                .setLastChange(change)
                .build();
        assertThat(scrape(
                        Map.of(Source.S3, new AsOf(Source.S3, 1, new Lsn(4096))),
                        Optional.of(new TallyMetrics.Tallies(
                                Map.of("b2", limited, "r2", unlimited),
                                Map.of("b2", new TallyMetrics.MonthlyUsage("2026-11", used)),
                                List.of(replicated, FakeTallies.bucket(10, 1)),
                                Optional.of(new UserTotals(3, BigInteger.valueOf(4096), false))))))
                .contains(
                        "waltally_applied_lsn_bytes{source=\"s3\"} 4096.0",
                        "waltally_backend_used_bytes{backend=\"b2\"} 7.0",
                        "waltally_backend_orphan_bytes{backend=\"b2\"} 2.0",
                        "waltally_backend_inflight_bytes{backend=\"b2\"} 1.0",
                        "waltally_backend_limit_bytes{backend=\"b2\"} 10.0",
                        "waltally_backend_objects{backend=\"b2\"} 1.0",
                        "waltally_backend_used_bytes{backend=\"r2\"} 5.0",
                        "waltally_buckets 2.0",
                        "waltally_bucket_objects 2.0",
                        "waltally_bucket_logical_bytes 110.0",
                        "waltally_bucket_stored_bytes 210.0",
                        "waltally_bucket_under_replicated_objects 3.0",
                        "waltally_bucket_over_replicated_objects 1.0",
                        "waltally_backend_api_requests{backend=\"b2\",period=\"2026-11\"} 50.0",
                        "waltally_backend_egress_bytes{backend=\"b2\",period=\"2026-11\"} 6.0",
                        "waltally_backend_ingress_bytes{backend=\"b2\",period=\"2026-11\"} 7.0",
                        "waltally_backend_api_requests_utilization{backend=\"b2\",period=\"2026-11\"} 0.5",
                        "waltally_backend_ingress_bytes_utilization{backend=\"b2\",period=\"2026-11\"} 0.5",
                        "waltally_users 3.0",
                        "waltally_user_payload_bytes 4096.0")
                .noneMatch(line -> line.startsWith("waltally_backend_egress_bytes_utilization{"))
                .noneMatch(line -> line.startsWith("waltally_backend_limit_bytes{backend=\"r2\""))
                .noneMatch(line -> line.startsWith("waltally_applied_lsn_bytes{source=\"sync\""));
    }

    @Test
    void whatIsNotKnownIsAbsent() {
        assertThat(scrape(Map.of(), Optional.empty())).noneMatch(line -> line.startsWith("waltally_"));
        assertThat(scrape(
                        Map.of(),
                        Optional.of(new TallyMetrics.Tallies(Map.of(), Map.of(), List.of(), Optional.empty()))))
                .contains("waltally_buckets 0.0")
                .noneMatch(line -> line.startsWith("waltally_user"))
                .noneMatch(line -> line.startsWith("waltally_backend_"));
    }

    private static List<String> scrape(Map<Source, AsOf> applied, Optional<TallyMetrics.Tallies> tallies) {
        try (Metrics metrics = new Metrics()) {
            metrics.add(new TallyMetrics(
                    Set.of(Source.values()), source -> Optional.ofNullable(applied.get(source)), () -> tallies));
            return metrics.scrape().lines().toList();
        }
    }
}
