package io.waltally.app.status;

import io.waltally.connectors.capture.snapshot.TableSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A table that is being read into its topic.
 *
 * @param id of the request to read it
 * @param rows read so far
 * @param estimate number of rows as estimated by the server
 * @param rowsPerSecond since it began
 * @param secondsLeft at that rate
 */
public record SnapshotStatus(
        Optional<String> id,
        String table,
        List<String> from,
        List<String> to,
        long rows,
        Optional<Long> estimate,
        Optional<Long> rowsPerSecond,
        Optional<Long> secondsLeft) {
    private static final double MILLIS_PER_SECOND = 1_000;

    public static SnapshotStatus of(TableSnapshot snapshot, Instant now) {
        Optional<Long> estimate = snapshot.estimate() > 0
                ? Optional.of(Math.max(snapshot.estimate(), snapshot.rows()))
                : Optional.empty();
        Optional<Double> rate = snapshot.startedAt()
                .map(start -> Math.max(1, Duration.between(start, now).toMillis()) / MILLIS_PER_SECOND)
                .map(seconds -> snapshot.rows() / seconds);
        return new SnapshotStatus(
                snapshot.request(),
                snapshot.table(),
                snapshot.from(),
                snapshot.to(),
                snapshot.rows(),
                estimate,
                rate.map(Math::round),
                rate.filter(perSecond -> perSecond > 0)
                        .flatMap(perSecond -> estimate.map(all -> Math.round((all - snapshot.rows()) / perSecond))));
    }
}
