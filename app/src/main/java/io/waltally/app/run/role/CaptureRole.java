package io.waltally.app.run.role;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.metrics.CaptureMetrics;
import io.waltally.app.status.CompletedSnapshotStatus;
import io.waltally.app.status.FailedSnapshotStatus;
import io.waltally.app.status.SnapshotStatus;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.connectors.capture.retention.RetainedWal;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The role that captures one source. */
public final class CaptureRole implements Role {
    private final Source source;
    private final Capture capture;

    public CaptureRole(Configuration configuration, SourceSettings source, TopicCatalogue topics) {
        this.source = source.source();
        this.capture = new Capture(config(configuration, source), target(configuration, topics));
    }

    /** The capture configuration of a source. */
    public static CaptureConfig config(Configuration configuration, SourceSettings source) {
        return new CaptureConfig(
                source.source(),
                new DatabaseLogin(
                        source.url(),
                        source.account().user(),
                        Optional.of(source.account().password().reveal()).filter(password -> !password.isEmpty())),
                source.slot(),
                source.publication(),
                source.tables(),
                source.followPublication(),
                configuration.capture().grouping(),
                configuration.capture().groupingRecords(),
                configuration.capture().snapshotChunkRows(),
                configuration.capture().heartbeatInterval(),
                configuration.capture().retainedWalWarning().bytes(),
                configuration.capture().onUnprocessableChange(),
                configuration.capture().giveUpAfter());
    }

    /** The Kafka cluster and registry of a capture. */
    public static KafkaTarget target(Configuration configuration, TopicCatalogue topics) {
        return new KafkaTarget(
                topics,
                Map.copyOf(configuration.kafka().properties()),
                configuration.registry().access(),
                configuration.capture().transactionTimeout());
    }

    @Override
    public String name() {
        return "capture of " + source;
    }

    public Source source() {
        return source;
    }

    /** The status of the capture. */
    public CaptureStatus captured() {
        return capture.status();
    }

    /** The WAL retained for the slot; empty while another process captures, and while the server does not answer. */
    public Optional<RetainedWal> retainedWal() {
        return capture.retainedWal();
    }

    public CaptureMetrics.Observation observation() {
        return new CaptureMetrics.Observation(capture.status(), capture.retainedWal());
    }

    /** Whether this process captures the source now. */
    public boolean leads() {
        CaptureState state = capture.status().state();
        return state == CaptureState.SNAPSHOT || state == CaptureState.STREAMING;
    }

    /** Tables that are being read. */
    public List<SnapshotStatus> snapshots() {
        Instant now = Instant.now();
        return capture.status().snapshots().stream()
                .map(snapshot -> SnapshotStatus.of(snapshot, now))
                .toList();
    }

    /** Requested snapshots that completed in this process. */
    public List<CompletedSnapshotStatus> completedSnapshots() {
        return capture.status().completedSnapshots().stream()
                .map(CompletedSnapshotStatus::of)
                .toList();
    }

    /** Requested snapshots that failed in this process. */
    public List<FailedSnapshotStatus> failedSnapshots() {
        return capture.status().failedSnapshots().stream()
                .map(FailedSnapshotStatus::of)
                .toList();
    }

    /** See {@link Capture#resume}. */
    public void resume(boolean newEpoch, boolean force) {
        capture.resume(newEpoch, force);
    }

    /** See {@link Capture#snapshot}. */
    public String snapshot(String table, List<String> from, List<String> to) {
        return capture.snapshot(table, from, to);
    }

    /** The time for which the captured LSN has not increased; empty while that is expected. */
    public Optional<Duration> standstill(Instant now) {
        CaptureStatus status = capture.status();
        return status.state() == CaptureState.STREAMING
                ? status.progressedAt().map(progressed -> Duration.between(progressed, now))
                : Optional.empty();
    }

    @Override
    public void start() {
        capture.start();
    }

    @Override
    public RoleStatus status() {
        CaptureStatus status = capture.status();
        return new RoleStatus(
                switch (status.state()) {
                    case STARTING -> RoleStatus.State.STARTING;
                    case WAITING -> RoleStatus.State.WAITING;
                    case SNAPSHOT -> RoleStatus.State.SNAPSHOT;
                    case STREAMING -> RoleStatus.State.STREAMING;
                    case STOPPED -> RoleStatus.State.STOPPED;
                    case FENCED, FAILED -> RoleStatus.State.FAILED;
                },
                status.reason());
    }

    @Override
    public void close() {
        capture.close();
    }
}
