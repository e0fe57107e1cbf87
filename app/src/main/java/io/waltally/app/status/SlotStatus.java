package io.waltally.app.status;

import io.waltally.connectors.capture.retention.ServerWal;
import io.waltally.schemas.Lsn;
import java.util.Optional;

/**
 * A replication slot as reported by the server.
 *
 * @param retainedBytes WAL retained for it
 * @param safeWalSize bytes that can be written before the slot may be lost; empty if the server sets no limit
 * @param maxSlotWalKeepSize the server's limit in bytes; empty if there is none
 * @param secondsLeft until the limit is reached at the current rate; empty if the retained WAL does not grow, if there
 *     is no limit, and outside of the capturing process
 * @param failover whether standbys keep a copy; PostgreSQL 17 and later
 * @param invalidationReason PostgreSQL 17 and later
 */
public record SlotStatus(
        String name,
        boolean active,
        Optional<String> restartLsn,
        Optional<String> confirmedFlushLsn,
        Optional<String> walStatus,
        Optional<Long> retainedBytes,
        Optional<Long> safeWalSize,
        Optional<Long> maxSlotWalKeepSize,
        Optional<Long> secondsLeft,
        Optional<Boolean> failover,
        Optional<String> invalidationReason) {
    static SlotStatus of(ServerWal.Slot slot, Optional<Long> maxSlotWalKeepSize) {
        return new SlotStatus(
                slot.name(),
                slot.active(),
                slot.restartLsn().map(Lsn::toString),
                slot.confirmedFlushLsn().map(Lsn::toString),
                slot.walStatus(),
                slot.retainedBytes(),
                slot.safeWalSize(),
                maxSlotWalKeepSize,
                Optional.empty(),
                slot.failover(),
                slot.invalidationReason());
    }

    SlotStatus withSecondsLeft(Optional<Long> seconds) {
        return new SlotStatus(
                name,
                active,
                restartLsn,
                confirmedFlushLsn,
                walStatus,
                retainedBytes,
                safeWalSize,
                maxSlotWalKeepSize,
                seconds,
                failover,
                invalidationReason);
    }
}
