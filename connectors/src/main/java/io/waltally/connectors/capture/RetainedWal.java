package io.waltally.connectors.capture;

import java.time.Duration;
import java.util.Optional;

/**
 * What the server keeps for a source's slot, and where that leads.
 *
 * @param growth of the retained WAL over the last minute, in bytes per second; negative while capture catches up, empty
 *     until it has been watched for long enough
 * @param timeLeft until the server's limit is reached, if it goes on like that; empty if it does not grow or there is no
 *     limit
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
