package io.waltally.app.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.local.Latencies;
import io.waltally.app.local.compare.Comparison;
import io.waltally.workload.session.WorkloadStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoResultTest {
    private static final DemoWorkload WORKLOAD = new DemoWorkload(Duration.ofSeconds(5), 8, 100);
    private static final WorkloadStatistics STATISTICS =
            new WorkloadStatistics(8, 400, 3, 0, 0, 0, 0, Map.of(), Map.of("s3.truncate", 0L), Map.of());

    @Test
    void equalValuesPassAlsoIfTheRunWasTooShortForSomeOperation() {
        Comparison comparison = new Comparison();
        comparison.compareNotifications(Map.of("s3:ObjectCreated:Put", 3L), Map.of("s3:ObjectCreated:Put", 3L));
        DemoResult result = result(comparison, List.of("s3.truncate"));
        assertThat(result.passed()).isTrue();
        assertThat(result.text())
                .contains("differences   none")
                .endsWith(
                        "result        passed: 1 compared values are equal, but the run was too short for s3.truncate, of"
                                + " which this proves nothing");
        assertThat(result.json())
                .containsEntry("passed", true)
                .containsEntry("reason", result.reason())
                .containsEntry("never_occurred", List.of("s3.truncate"));
    }

    @Test
    void oneDifferenceFailsAndTheSameRunCanBeRepeated() {
        Comparison comparison = new Comparison();
        comparison.compareNotifications(Map.of("s3:ObjectCreated:Put", 3L), Map.of("s3:ObjectCreated:Put", 4L));
        DemoResult result = result(comparison, List.of());
        assertThat(result.passed()).isFalse();
        assertThat(result.text())
                .contains("differences   1")
                .contains("repeat with   ./waltally demo --seed 8 --duration 5000ms --rate 100.0")
                .endsWith("result        FAILED: 1 of 1 compared values differ");
        assertThat(result.json()).containsEntry("passed", false);
    }

    @Test
    void nothingComparedIsNoSuccess() {
        DemoResult result = result(new Comparison(), List.of());
        assertThat(result.passed()).isFalse();
        assertThat(result.reason()).isEqualTo("nothing was compared");
    }

    @Test
    void aStoppedDemoPrintsWhatWasWritten() {
        assertThat(DemoResult.stoppedJson(WORKLOAD, Optional.of(STATISTICS), new Latencies()))
                .containsEntry("passed", false)
                .containsEntry("transactions", 400L)
                .containsEntry("latency_ms", Map.of("p50", 0L, "p99", 0L))
                .containsEntry("compared", 0)
                .containsEntry("differences", 0);
        assertThat(DemoResult.stoppedJson(WORKLOAD, Optional.empty(), new Latencies()))
                .containsKeys("seed", "changes")
                .containsEntry("transactions", 0L);
    }

    private static DemoResult result(Comparison comparison, List<String> neverOccurred) {
        return new DemoResult(
                WORKLOAD,
                STATISTICS,
                new DemoResult.Timing(Instant.EPOCH, Instant.EPOCH.plusSeconds(5), Instant.EPOCH.plusSeconds(6)),
                comparison,
                new DemoResult.Notifications(Map.of(), Map.of(), 0, 0),
                new Latencies(),
                neverOccurred);
    }
}
