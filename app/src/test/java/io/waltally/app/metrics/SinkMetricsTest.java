package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.status.SinkReport;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.sinks.engine.SinkStatus;
import io.waltally.sinks.engine.SinkStatus.State;
import io.waltally.sinks.target.CompletePosition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SinkMetricsTest {
    @Test
    void aSinkHasAllItsMeasures() {
        CompletePosition position = new CompletePosition(Source.S3, 1, new Lsn(4096), Instant.EPOCH);
        assertThat(scrape(List.of(new SinkReport(status(Optional.of(position)), Optional.of(512L)))))
                .contains(
                        "waltally_sink_rows_total{sink=\"quotas\"} 100.0",
                        "waltally_sink_batches_total{sink=\"quotas\"} 9.0",
                        "waltally_sink_retries_total{sink=\"quotas\"} 2.0",
                        "waltally_sink_dead_letters_total{sink=\"quotas\"} 1.0",
                        "waltally_sink_last_batch_records{sink=\"quotas\"} 7.0",
                        "waltally_sink_state{sink=\"quotas\",state=\"waiting\"} 1.0",
                        "waltally_sink_state{sink=\"quotas\",state=\"running\"} 0.0",
                        "waltally_sink_lag_records{sink=\"quotas\"} 5.0",
                        "waltally_sink_lag_seconds{sink=\"quotas\"} 1.5",
                        "waltally_sink_lag_bytes{sink=\"quotas\"} 512.0",
                        "waltally_sink_applied_lsn_bytes{sink=\"quotas\"} 4096.0");
    }

    @Test
    void whatIsNotKnownIsAbsent() {
        assertThat(scrape(List.of(new SinkReport(status(Optional.empty()), Optional.empty()))))
                .noneMatch(line -> line.contains("lsn_bytes{") || line.contains("lag_bytes{"));
        assertThat(scrape(List.of())).noneMatch(line -> line.startsWith("waltally_"));
    }

    private static SinkStatus status(Optional<CompletePosition> completeTo) {
        return new SinkStatus(
                "quotas",
                "backend-quotas",
                "127.0.0.1:5432/s3_orchestrator",
                State.WAITING,
                Optional.of("no answer"),
                100,
                12.5,
                9,
                7,
                2,
                1,
                5,
                Duration.ofMillis(1500),
                completeTo);
    }

    private static List<String> scrape(List<SinkReport> sinks) {
        try (Metrics metrics = new Metrics()) {
            metrics.add(new SinkMetrics(() -> sinks));
            return metrics.scrape().lines().toList();
        }
    }
}
