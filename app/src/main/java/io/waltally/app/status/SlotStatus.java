package io.waltally.app.status;

import io.waltally.connectors.capture.ServerWal;
import io.waltally.schemas.Lsn;
import java.util.Optional;

/**
 * A replication slot as the server shows it.
 *
 * @param retainedBytes WAL that the server keeps for it
 * @param safeWalSize bytes that may still be written before the slot may be lost; empty if the server sets no limit
 * @param maxSlotWalKeepSize the server's limit in bytes; empty if there is none
 * @param secondsLeft until the limit is reached, if retained WAL grows on as it does; empty if it does not grow, if there
 *     is no limit, and in what is seen from outside the process that captures
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
