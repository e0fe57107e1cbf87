package io.waltally.app.local.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.workload.oracle.S3Tallies;
import io.waltally.workload.oracle.UsageKey;
import io.waltally.workload.oracle.UsageTally;
import io.waltally.workload.session.WorkloadStatistics;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparedNotificationsTest {
    @Test
    void everyTypeIsComparedButThoseThatWritersCannotCount() {
        assertThat(ComparedNotifications.derived(Map.of(
                        "s3:ObjectCreated:Put", 3L, "backend.removed", 1L, "backend.capacity.warning", 2L, "new", 1L)))
                .isEqualTo(Map.of("s3:ObjectCreated:Put", 3L, "backend.removed", 1L, "new", 1L));
    }

    @Test
    void whatTheWorkloadDidIsExpectedAndEachCounterThatReachedItsLimit() {
        // Given
        S3Tallies tables = new S3Tallies(
                Map.of(),
                Map.of(
                        new UsageKey("a", "2026-10"), new UsageTally(99, 0, 50),
                        new UsageKey("a", "2026-11"), new UsageTally(100, 1_000, 50),
                        new UsageKey("unlimited", "2026-11"), new UsageTally(1_000, 1_000, 1_000)),
                Map.of());
        // Then
        assertThat(ComparedNotifications.expected(
                        statistics(Map.of("cleanup.exhausted", 2L, "backend.removed", 0L)),
                        tables,
                        Map.of("a", new UsageLimits(100, 0, 50))))
                .isEqualTo(Map.of("cleanup.exhausted", 2L, "backend.usage.warning", 3L));
    }

    private static WorkloadStatistics statistics(Map<String, Long> expectedNotifications) {
        return new WorkloadStatistics(1, 0, 0, 0, 0, 0, 0, Map.of(), Map.of(), expectedNotifications);
    }
}
