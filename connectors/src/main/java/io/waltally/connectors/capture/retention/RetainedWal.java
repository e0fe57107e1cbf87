package io.waltally.connectors.capture.retention;

import java.time.Duration;
import java.util.Optional;

/**
 * The WAL that the server retains for a slot, and its trend.
 *
 * @param growth over the last minute, in bytes per second; negative while capture catches up, empty until it was
 *     measured for long enough
 * @param timeLeft until the server's limit is reached at this rate; empty if the retained WAL does not grow, or if
 *     there is no limit
 */
public record RetainedWal(ServerWal server, Optional<Double> growth, Optional<Duration> timeLeft) {
    static RetainedWal of(ServerWal server, Optional<Double> growth) {
        return new RetainedWal(
                server,
                growth,
                growth.filter(rate -> rate > 0)
                        .flatMap(rate ->
                                bytesLeft(server).map(bytes -> Duration.ofMillis((long) (1_000.0 * bytes / rate)))));
    }

    private static Optional<Long> bytesLeft(ServerWal server) {
        return server.slot()
                .flatMap(slot -> slot.safeWalSize()
                        .or(() -> server.keepLimit()
                                .flatMap(limit -> slot.retainedBytes().map(retained -> limit - retained))))
                .map(bytes -> Math.max(0, bytes));
    }
}
