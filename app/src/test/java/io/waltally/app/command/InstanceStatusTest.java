package io.waltally.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.status.CompletedSnapshotStatus;
import io.waltally.app.status.FailedSnapshotStatus;
import io.waltally.app.status.Limitation;
import io.waltally.app.status.SinkSummary;
import io.waltally.app.status.SlotStatus;
import io.waltally.app.status.SourceStatus;
import io.waltally.app.status.StageStatus;
import io.waltally.app.status.StatusReport;
import io.waltally.app.status.StatusTable;
import io.waltally.app.tally.Json;
import io.waltally.connectors.capture.source.MissingAddition;
import io.waltally.schemas.SchemaAddition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InstanceStatusTest {
    private static final FailedSnapshotStatus FAILED = new FailedSnapshotStatus(
            Optional.of("r2"), "bsos", List.of("42"), List.of("43"), "permission denied", "2026-11-28T12:00:00Z");

    private static final CompletedSnapshotStatus COMPLETED =
            new CompletedSnapshotStatus("r1", "bsos", List.of("41"), List.of(), 7, "2026-11-28T11:00:00Z");

    private static final String NOT_CAPTURED = "no instance captures it ('waltally run')";

    @Test
    void reasonsEndedSnapshotsAndTheTimeLeftComeFromTheInstance() {
        // Given
        StatusReport seen = report(source("stopped", NOT_CAPTURED), stage("stopped", "no instance runs it"));
        StatusReport own = report(
                source("failed", "given up after 10m")
                        .withEndedSnapshots(List.of(COMPLETED), List.of(FAILED))
                        .withSecondsLeft(Optional.of(77L)),
                stage("failed", "a topic is gone"));
        // When
        StatusReport merged = merged(seen, own);
        // Then
        assertThat(merged.sources()).isEqualTo(own.sources());
        assertThat(merged.stages()).isEqualTo(own.stages());
        assertThat(merged.healthy()).isFalse();
        assertThat(StatusTable.of(merged))
                .contains("given up after 10m", "a topic is gone", "77 s")
                .contains("does not have cleanup_dlq, so there are no notifications of type cleanup.exhausted")
                .contains("the snapshot of bsos that was asked for failed at 2026-11-28T12:00:00Z: permission denied")
                .doesNotContain("no instance");
        assertThat(Json.write(merged))
                .contains("\"failed_snapshots\":[{\"id\":\"r2\",\"table\":\"bsos\"", "\"seconds_left\":77");
    }

    @Test
    void aSourceThatAnotherInstanceCapturesIsCaptured() {
        StatusReport seen = report(source("streaming", ""), stage("running", ""));
        StatusReport own = report(source("waiting", "another process captures"), stage("running", ""));
        assertThat(merged(seen, own)).isEqualTo(seen);
        assertThat(merged(report(source("stopped", NOT_CAPTURED), stage("running", "")), own))
                .isEqualTo(own);
    }

    @Test
    void statusOfTheSideThatReachesTheServerIsShown() {
        StatusReport reached = report(source("streaming", ""), stage("running", ""));
        StatusReport unreached = report(source("unreachable", "refused"), stage("unreachable", "refused"));
        assertThat(merged(reached, unreached)).isEqualTo(reached);
        // The lag is unknown here, and the reason says why.
        assertThat(merged(unreached, reached)).isEqualTo(unreached);
        StatusReport waiting = report(source("waiting", "wrong password"), stage("waiting", "no brokers"));
        assertThat(merged(unreached, waiting)).isEqualTo(waiting);
    }

    @Test
    void statusIsKeptIfTheInstanceLacksIt() {
        StatusReport seen = report(source("streaming", ""), stage("running", ""));
        assertThat(merged(seen, new StatusReport(Optional.empty(), Map.of(), Map.of(), Map.of())))
                .isEqualTo(seen);
    }

    @Test
    void sinkStatusComesFromTheInstance() {
        StatusReport seen =
                new StatusReport(Optional.empty(), Map.of(), Map.of(), Map.of("quotas", sink("running", "", 7)));
        StatusReport own = new StatusReport(
                Optional.empty(), Map.of(), Map.of(), Map.of("quotas", sink("failed", "permission denied", 9)));
        assertThat(merged(seen, own)).isEqualTo(own);
    }

    private static StatusReport merged(StatusReport seen, StatusReport own) {
        return new InstanceStatus(Json.tree(own)).addTo(seen);
    }

    private static StatusReport report(SourceStatus source, StageStatus stage) {
        return new StatusReport(Optional.empty(), Map.of("sync", source), Map.of("streams", stage), Map.of());
    }

    private static SourceStatus source(String state, String reason) {
        return new SourceStatus(
                state,
                text(reason),
                Optional.of("0/20"),
                Optional.of("0/10"),
                Optional.empty(),
                Optional.of(16L),
                Optional.of(0.5),
                Optional.of(new SlotStatus(
                        "waltally_sync",
                        false,
                        Optional.of("0/8"),
                        Optional.of("0/10"),
                        Optional.of("reserved"),
                        Optional.of(24L),
                        Optional.of(40L),
                        Optional.of(64L),
                        Optional.empty(),
                        Optional.of(true),
                        Optional.empty())),
                Optional.of(3),
                List.of(),
                List.of("cleanup_dlq"),
                List.of(Limitation.of(new MissingAddition(SchemaAddition.CLEANUP_DLQ, false))),
                List.of(),
                List.of(),
                0);
    }

    private static StageStatus stage(String state, String reason) {
        return new StageStatus(state, text(reason), Optional.of(5L), Optional.of(2));
    }

    private static SinkSummary sink(String state, String reason, long lag) {
        return new SinkSummary(
                "backend-quotas",
                state,
                text(reason),
                Optional.of(lag),
                Optional.of(1.5),
                Optional.of(512 + lag),
                Optional.of("0/10"),
                Optional.of(12.5 + lag),
                Optional.of(70 + lag),
                Optional.of(4 + lag),
                Optional.of(1),
                2);
    }

    private static Optional<String> text(String text) {
        return Optional.of(text).filter(some -> !some.isEmpty());
    }
}
