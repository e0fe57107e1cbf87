package io.waltally.app.http;

import io.waltally.app.http.route.SinkOperations;
import io.waltally.app.status.SinkReport;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.sinks.engine.SinkStatus;
import io.waltally.sinks.engine.SinkStatus.State;
import io.waltally.sinks.target.CompletePosition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.errors.TimeoutException;

/** A sink that writes, one that cannot, and one whose requests cannot be recorded. */
final class FakeSinks implements SinkOperations {
    final List<String> requests = new ArrayList<>();

    @Override
    public List<SinkReport> sinks() {
        return List.of(
                new SinkReport(
                        status(
                                "x",
                                State.RUNNING,
                                Optional.empty(),
                                Optional.of(new CompletePosition(Source.S3, 3, new Lsn(0x10), Instant.EPOCH))),
                        Optional.of(16L)),
                new SinkReport(
                        status("stuck", State.FAILED, Optional.of("permission denied"), Optional.empty()),
                        Optional.empty()),
                new SinkReport(
                        status("unrecorded", State.STARTING, Optional.empty(), Optional.empty()), Optional.empty()));
    }

    private static SinkStatus status(
            String name, State state, Optional<String> reason, Optional<CompletePosition> completeTo) {
        return new SinkStatus(
                name,
                "backend-quotas",
                "127.0.0.1:5432/s3_orchestrator",
                state,
                reason,
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

    @Override
    public void pause(String sink) {
        record("pause " + sink);
    }

    @Override
    public void resume(String sink, boolean reset) {
        record((reset ? "reset " : "resume ") + sink);
    }

    private void record(String request) {
        if (request.endsWith("unrecorded")) {
            throw new TimeoutException("no broker answers");
        }
        requests.add(request);
    }
}
