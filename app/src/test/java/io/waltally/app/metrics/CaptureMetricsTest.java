package io.waltally.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.metrics.CaptureMetrics.Observation;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.retention.RetainedWal;
import io.waltally.connectors.capture.retention.ServerWal;
import io.waltally.connectors.capture.snapshot.TableSnapshot;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CaptureMetricsTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void aSourceThatIsCapturedHasAllItsMeasures() {
        assertThat(scrape(new Observation(
                        status(CaptureState.STREAMING, Optional.of(new Lsn(1_000))), Optional.of(wal(1_600)))))
                .contains(
                        "waltally_capture_leader{source=\"s3\"} 1.0",
                        "waltally_capture_state{source=\"s3\",state=\"streaming\"} 1.0",
                        "waltally_capture_state{source=\"s3\",state=\"waiting\"} 0.0",
                        "waltally_capture_epoch{source=\"s3\"} 2.0",
                        "waltally_capture_captured_lsn_bytes{source=\"s3\"} 1000.0",
                        "waltally_capture_server_lsn_bytes{source=\"s3\"} 1600.0",
                        "waltally_capture_lag_bytes{source=\"s3\"} 600.0",
                        "waltally_capture_lag_seconds{source=\"s3\"} 1.5",
                        "waltally_capture_changes_total{source=\"s3\"} 70.0",
                        "waltally_capture_dead_letters_total{source=\"s3\"} 3.0",
                        "waltally_capture_kafka_transactions_total{source=\"s3\"} 7.0",
                        "waltally_snapshot_rows{source=\"s3\",table=\"bsos\"} 34.0",
                        "waltally_snapshot_estimated_rows{source=\"s3\",table=\"bsos\"} 50.0",
                        "waltally_slot_active{source=\"s3\"} 1.0",
                        "waltally_slot_failover{source=\"s3\"} 0.0",
                        "waltally_slot_retained_bytes{source=\"s3\"} 400.0",
                        "waltally_slot_retained_growth_bytes_per_second{source=\"s3\"} 20.0",
                        "waltally_slot_max_wal_keep_bytes{source=\"s3\"} 2000.0",
                        "waltally_slot_safe_wal_bytes{source=\"s3\"} 1500.0",
                        "waltally_slot_limit_seconds{source=\"s3\"} 75.0",
                        "waltally_slot_wal_status{source=\"s3\",status=\"extended\"} 1.0",
                        "waltally_slot_wal_status{source=\"s3\",status=\"lost\"} 0.0");
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        assertThat(scrape(new Observation(status(CaptureState.WAITING, Optional.empty()), Optional.empty())))
                .filteredOn(line -> line.startsWith("waltally_"))
                .filteredOn(line -> !line.startsWith("waltally_capture_state"))
                .filteredOn(line -> !line.startsWith("waltally_snapshot"))
                .containsExactlyInAnyOrder(
                        "waltally_capture_leader{source=\"s3\"} 0.0",
                        "waltally_capture_changes_total{source=\"s3\"} 70.0",
                        "waltally_capture_dead_letters_total{source=\"s3\"} 3.0",
                        "waltally_capture_kafka_transactions_total{source=\"s3\"} 7.0");
    }

    @Test
    void whatHasCaughtUpHasNoLag() {
        assertThat(scrape(new Observation(
                        status(CaptureState.STREAMING, Optional.of(new Lsn(1_700))), Optional.of(wal(1_600)))))
                .contains(
                        "waltally_capture_lag_bytes{source=\"s3\"} 0.0",
                        "waltally_capture_lag_seconds{source=\"s3\"} 0.0");
    }

    private static List<String> scrape(Observation observation) {
        try (Metrics metrics = new Metrics()) {
            metrics.add(new CaptureMetrics(() -> List.of(observation), Clock.fixed(NOW, ZoneOffset.UTC)));
            return metrics.scrape().lines().toList();
        }
    }

    private static CaptureStatus status(CaptureState state, Optional<Lsn> captured) {
        return new CaptureStatus(
                Source.S3,
                state,
                Optional.empty(),
                captured,
                2,
                Optional.of(NOW),
                Optional.of(NOW.minusMillis(1_500)),
                70,
                3,
                7,
                List.of(snapshot(List.of("1"), 30), snapshot(List.of("2"), 4)),
                List.of(),
                List.of());
    }

    private static TableSnapshot snapshot(List<String> from, long rows) {
        return new TableSnapshot(
                "bsos",
                Map.of(),
                from,
                List.of(),
                List.of(),
                rows,
                50,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static RetainedWal wal(long position) {
        ServerWal.Slot slot = new ServerWal.Slot(
                "waltally_s3",
                true,
                Optional.of(new Lsn(1_200)),
                Optional.of(new Lsn(1_300)),
                Optional.of("extended"),
                Optional.of(400L),
                Optional.of(1_500L),
                Optional.of(false),
                Optional.empty());
        return new RetainedWal(
                new ServerWal(new Lsn(position), Optional.of(2_000L), Optional.of(slot)),
                Optional.of(20.0),
                Optional.of(Duration.ofSeconds(75)));
    }
}
