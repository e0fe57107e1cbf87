package io.waltally.app.run;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureConfig;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.DatabaseLogin;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Capture of one source. */
public final class CaptureRole implements Role {
    private final Source source;
    private final Capture capture;

    public CaptureRole(Configuration configuration, SourceSettings source, TopicCatalogue topics) {
        this.source = source.source();
        this.capture = new Capture(
                new CaptureConfig(
                        source.source(),
                        new DatabaseLogin(
                                source.url(),
                                source.account().user(),
                                Optional.of(source.account().password().reveal())
                                        .filter(password -> !password.isEmpty())),
                        source.slot(),
                        source.publication(),
                        source.tables(),
                        configuration.capture().grouping(),
                        configuration.capture().groupingRecords(),
                        configuration.capture().idleMessageInterval()),
                topics,
                Map.copyOf(configuration.kafka().properties()),
                configuration.registry().url().toString(),
                configuration.capture().transactionTimeout());
    }

    @Override
    public String name() {
        return "capture of " + source;
    }

    public Source source() {
        return source;
    }

    /** What capture itself says. */
    public CaptureStatus captured() {
        return capture.status();
    }

    /** For how long the captured LSN has not grown; empty while it need not. */
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
